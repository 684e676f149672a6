import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';

const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Runs a command on our own stdin, stdout and stderr to its end, hands on the signals that we get, and gives its exit
 * code, which is 128 + n after the signal n.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { onStderr?: (text: string) => void }} [options]
 * @returns {Promise<number>}
 */
export function runForwarding(command, args, { onStderr, ...options } = {}) {
  const child = spawn(command, args, {
    stdio: ['inherit', 'inherit', onStderr ? 'pipe' : 'inherit'],
    ...options,
  });
  child.stderr?.setEncoding('utf8').on('data', onStderr ?? (() => {}));

  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    // Ctrl-C reaches the whole foreground group by itself: a second one would read as "at once, please".
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of signals) process.on(signal, forward);

  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']);
    });
  });
}

/**
 * Our environment, in which `node` is the given one for all that is started from there.
 *
 * @param {string} node
 */
export function withNodeOnPath(node) {
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...process.env, [name]: [dirname(node), process.env[name]].join(delimiter) };
}
