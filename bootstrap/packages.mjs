import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNpm } from './npm.mjs';

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, os?: string[], cpu?: string[] }} Entry
 * @typedef {{ packages: Record<string, Entry> }} Lock
 */

/**
 * Whether `node_modules` holds what package-lock.json names, made for this platform. npm writes down what it has
 * installed as its last step, so an installation that was interrupted does not fit. The version of Node plays no part:
 * no package here is compiled for one.
 *
 * @param {string} root
 */
export function packagesFit(root) {
  const installed = join(root, 'node_modules/.package-lock.json');
  return existsSync(installed) && sameTree(read(join(root, 'package-lock.json')), read(installed), process);
}

/**
 * @param {string} root
 * @param {string} node
 */
export async function installPackages(root, node) {
  console.log('Installing the packages of package-lock.json (npm ci) …');
  // Development packages even where NODE_ENV=production: the front end is built with them. No package needs its scripts.
  await runNpm(['ci', '--include=dev', '--ignore-scripts'], {
    node,
    root,
    wanted: 'the packages of Meower',
  });
}

/**
 * @param {Lock} wanted
 * @param {Lock} installed
 * @param {{ platform: string, arch: string }} machine
 */
export function sameTree(wanted, installed, machine) {
  return Object.entries(wanted.packages).every(([path, want]) => {
    if (!path.startsWith('node_modules/')) return true;
    const have = installed.packages[path];
    if (!have) return want.optional === true;
    return have.version === want.version && have.integrity === want.integrity && isFor(machine, have);
  });
}

/**
 * @param {{ platform: string, arch: string }} machine
 * @param {Entry} entry
 */
function isFor(machine, entry) {
  return (
    (entry.os ?? [machine.platform]).includes(machine.platform) &&
    (entry.cpu ?? [machine.arch]).includes(machine.arch)
  );
}

/**
 * @param {string} file
 * @returns {Lock}
 */
function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
