import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Not the default below /tmp, where another user could place code.
const FOLDER = fileURLToPath(new URL('../../../node_modules/.cache/meower', import.meta.url));

/**
 * Caches every module imported afterwards, compiled and without its types, for the next start; does nothing
 * where the folder is not writable. For entry points, which import everything else after calling it.
 * `NODE_COMPILE_CACHE` sets another folder.
 */
export function enableCompileCaching(folder = FOLDER): void {
  enableCompileCache(folder);
}
