import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildFrontend, frontendIsBuilt } from './frontend.mjs';
import { alone } from './lock.mjs';
import { findNode24, installNode24 } from './node-24.mjs';
import { installPackages, packagesFit } from './packages.mjs';

/**
 * Makes the project ready to run and gives the path of the Node to run it on. A step says what it does when it has
 * something to do; when all is there, nothing is written and nothing is said. A set-up that was interrupted is
 * made good by the next one, and of several at the same time one works while the others wait.
 *
 * @param {string} root
 * @param {{ frontend: boolean }} want
 */
export async function setUp(root, want) {
  const ready = findNode24(root);
  if (ready && packagesFit(root) && (!want.frontend || frontendIsBuilt(root))) return ready;

  mkdirSync(join(root, '.cache'), { recursive: true });
  return alone(join(root, '.cache/set-up.lock'), async () => {
    const node = findNode24(root) ?? (await installNode24(root));
    if (!packagesFit(root)) await installPackages(root, node);
    if (want.frontend && !frontendIsBuilt(root)) await buildFrontend(root, node);
    return node;
  });
}
