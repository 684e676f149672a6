import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Not the default below /tmp, where another user could put code of his own in its place.
const FOLDER = fileURLToPath(new URL('../../../node_modules/.cache/meower', import.meta.url));

/**
 * Keeps what is imported from here on, compiled and without its types, for the next start; where nothing can be written, does nothing. For entry points,
 * which import the rest after calling it. `NODE_COMPILE_CACHE` names another folder.
 */
export function enableCompileCaching(folder = FOLDER): void {
  enableCompileCache(folder);
}
