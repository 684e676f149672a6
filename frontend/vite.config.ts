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
      // What is loaded later is loaded in advance by the page itself.
      modulePreload: false,
      rolldownOptions: {
        // One script for the first view, which compresses better than several.
        output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } },
      },
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
 * Code of packages that the page never calls, 11 kB gzip: axios has other adapters than XMLHttpRequest, checks the
 * names of options, encodes objects as forms and queries (the page passes URLSearchParams), sends forms and a cookie
 * as a token, reports progress, joins addresses with one of a server and removes from headers what is not allowed
 * (those of the page are constant), and offers a list of statuses and its own way to cancel; Vuex reports to the
 * developer tools only during development.
 */
const UNUSED: Record<string, string> = {
  'adapters.js': `import xhr from 'axios/unsafe/adapters/xhr.js';
    export default { adapters: { xhr }, getAdapter: () => xhr };`,
  'toFormData.js': 'export default undefined;',
  'toURLEncodedForm.js': 'export default undefined;',
  'AxiosURLSearchParams.js':
    'export default class { constructor() { throw new TypeError("params: URLSearchParams only"); } }',
  'assertParamsAcyclic.js': 'export default () => undefined;',
  'setFormDataHeaders.js': 'export default () => undefined;',
  'buildFullPath.js': 'export default (base, path) => path;',
  'parseProtocol.js': "export default () => '';",
  'sanitizeHeaderValue.js': `export const sanitizeHeaderValue = String;
    export const toByteStringHeaderObject = (headers) => headers.toJSON();`,
  'isURLSameOrigin.js': 'export default () => false;',
  'cookies.js': 'export default undefined;',
  'formDataToJSON.js': 'export default undefined;',
  'progressEventReducer.js': 'export const progressEventReducer = undefined;',
  'validator.js': `const none = () => undefined;
    const validators = { transitional: none, boolean: none, function: none, spelling: none };
    export default { assertOptions: none, validators };`,
  'HttpStatusCode.js': 'export default {};',
  'CancelToken.js': 'export default undefined;',
  'devtools-api': 'export const setupDevtoolsPlugin = () => undefined;',
};

function withoutUnused(): Plugin {
  return {
    name: 'without-unused',
    enforce: 'pre',
    apply: 'build',
    resolveId(source, importer) {
      const name = source.split('/').at(-1) ?? '';
      return name in UNUSED && /\/(axios\/lib|vuex\/dist)\//.test(importer ?? '') ? `\0${name}` : undefined;
    },
    load: (id) => (id.startsWith('\0') ? UNUSED[id.slice(1)] : undefined),
  };
}
