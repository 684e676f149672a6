import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Runs `work` while no other process does so under the same lock file; says whom it waits for. The lock of a
 * process that has died is taken over.
 *
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 */
export async function alone(file, work) {
  let told = false;
  while (!take(file)) {
    if (!told) console.log('Waiting for another process that is setting the project up …');
    told = true;
    await delay(100);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/**
 * @param {string} file
 * @returns {boolean} false while somebody alive has it
 */
function take(file) {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    // A link appears with its content, so that nobody reads a lock without an owner.
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    if (isAlive(ownerOf(file))) return false;
    removeDead(file, mine);
    return take(file);
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * Moved away before it is removed: of two who see the same dead lock, the second may meet a new and living one.
 *
 * @param {string} file
 * @param {string} aside
 */
function removeDead(file, aside) {
  try {
    renameSync(file, aside);
    if (isAlive(ownerOf(aside))) linkSync(aside, file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
  }
}

/**
 * 0 when the lock has gone meanwhile.
 *
 * @param {string} file
 */
function ownerOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  if (pid === 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}
