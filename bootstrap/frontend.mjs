import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNpm } from './npm.mjs';

const sources = ['frontend', 'shared/src/schema', 'package-lock.json'];
const notSources = new Set(['node_modules', 'dist', 'test-results']);

/**
 * Whether `frontend/dist` was built from the sources as they are now.
 *
 * @param {string} root
 */
export function frontendIsBuilt(root) {
  const built = existsSync(stampFile(root)) && readFileSync(stampFile(root), 'utf8');
  return existsSync(join(root, 'frontend/dist/index.html')) && built === fingerprint(root);
}

/**
 * @param {string} root
 * @param {string} node
 */
export async function buildFrontend(root, node) {
  console.log('Building the front end …');
  const before = fingerprint(root);
  await runNpm(['run', 'build', '-w', 'frontend'], { node, root, wanted: 'the front end' });
  writeFileSync(stampFile(root), before);
}

/** @param {string} root */
function stampFile(root) {
  return join(root, '.cache/frontend-built');
}

/** @param {string} root */
export function fingerprint(root) {
  const hash = createHash('sha256');
  for (const path of sources.flatMap((source) => filesUnder(root, source))) {
    const content = readFileSync(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string} path
 * @returns {string[]}
 */
function filesUnder(root, path) {
  if (path === 'package-lock.json') return [path];
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => !notSources.has(entry.name) && !entry.name.endsWith('.test.ts'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inside = `${path}/${entry.name}`;
      return entry.isDirectory() ? filesUnder(root, inside) : [inside];
    });
}
