import vue from '@vitejs/plugin-vue';
import { defineConfig, loadEnv, type Plugin } from 'vite';

export default defineConfig(({ mode }) => {
  const { MEOWER_URL = 'http://localhost:8080' } = loadEnv(mode, import.meta.dirname, 'MEOWER_');
  return {
    plugins: [vue(), withoutUnused()],
    // Every component is a `<script setup>`, so the part of Vue for the others stays out of the build.
    define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false' },
    // Bootstrap 5 is written with the Sass functions that these warnings are about.
    css: { preprocessorOptions: { scss: { quietDeps: true, silenceDeprecations: ['import'] } } },
    build: {
      // A strict Content-Security-Policy refuses data: URLs.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
    server: {
      port: 5173,
      proxy: {
        '/meows': MEOWER_URL,
        '/search': MEOWER_URL,
        '/pusher': { target: MEOWER_URL, ws: true },
      },
    },
  };
});

/**
 * Parts of packages that the page never calls. Browsers all have XMLHttpRequest, which axios prefers to its second way of
 * making requests; Vuex reports to the developer tools only while developing. Together they weigh 5 kB gzip.
 */
const UNUSED: Record<string, string> = {
  './fetch.js': 'export const getFetch = () => undefined;',
  '@vue/devtools-api': 'export const setupDevtoolsPlugin = () => undefined;',
};

function withoutUnused(): Plugin {
  return {
    name: 'without-unused',
    enforce: 'pre',
    apply: 'build',
    resolveId: (source, importer) =>
      source in UNUSED && /\/(axios\/lib\/adapters|vuex\/dist)\//.test(importer ?? '')
        ? `\0${source}`
        : undefined,
    load: (id) => (id.startsWith('\0') ? UNUSED[id.slice(1)] : undefined),
  };
}
