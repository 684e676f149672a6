import vue from '@vitejs/plugin-vue';
import { defineConfig, loadEnv, type Plugin } from 'vite';

export default defineConfig(({ mode }) => {
  const { MEOWER_URL = 'http://localhost:8080' } = loadEnv(mode, import.meta.dirname, 'MEOWER_');
  return {
    plugins: [vue(), withoutUnused()],
    // Every component uses `<script setup>`, so the build leaves out Vue's options API.
    define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false' },
    // Bootstrap 5 uses the Sass features that these warnings are about.
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
        '/challenge': MEOWER_URL,
        '/search': MEOWER_URL,
        '/pusher': { target: MEOWER_URL, ws: true },
      },
    },
  };
});

/**
 * Code of packages that the page never calls, 6 kB gzip: axios uses its fetch adapter only where
 * XMLHttpRequest is missing, and offers a list of statuses and its own way to cancel; Vuex reports to the
 * developer tools only during development.
 */
const UNUSED: Record<string, string> = {
  './fetch.js': 'export const getFetch = () => undefined;',
  './helpers/HttpStatusCode.js': 'export default {};',
  './cancel/CancelToken.js': 'export default undefined;',
  '@vue/devtools-api': 'export const setupDevtoolsPlugin = () => undefined;',
};

function withoutUnused(): Plugin {
  return {
    name: 'without-unused',
    enforce: 'pre',
    apply: 'build',
    resolveId: (source, importer) =>
      source in UNUSED && /\/(axios\/lib|vuex\/dist)\//.test(importer ?? '') ? `\0${source}` : undefined,
    load: (id) => (id.startsWith('\0') ? UNUSED[id.slice(1)] : undefined),
  };
}
