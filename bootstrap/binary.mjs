import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './failure.mjs';

/**
 * The script behind a command of an installed package: what the link in `node_modules/.bin` leads to, or on Windows
 * the path that the shell script there names.
 *
 * @param {string} root
 * @param {string} name
 */
export function binaryOf(root, name) {
  const folder = join(root, 'node_modules/.bin');
  const link = join(folder, name);
  if (!existsSync(link)) throw new SetupError(`No installed package has a command "${name}".`);
  return lstatSync(link).isSymbolicLink() ? realpathSync(link) : join(folder, shimTarget(link));
}

/** @param {string} shim */
function shimTarget(shim) {
  const target = /"\$basedir\/(\.\.\/[^"]+)"/.exec(readFileSync(shim, 'utf8'))?.[1];
  if (!target) throw new SetupError(`Cannot tell what ${shim} runs.`);
  return target;
}
