import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { binaryOf } from './binary.mjs';
import { runForwarding, withNodeOnPath } from './exec.mjs';
import { SetupError, sentenceFor } from './failure.mjs';
import { setUp } from './set-up.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Ends with the exit code of what ran; 128 + n when a signal ended it; 1 and one sentence when it could not start.
 *
 * @param {string[]} args
 */
export async function main(args) {
  try {
    const { frontend, bin, target, rest } = parse(args);
    const node = await setUp(root, { frontend });
    const file = bin ? binaryOf(root, target) : join(root, target);
    process.exitCode = await runForwarding(node, [file, ...rest], { env: withNodeOnPath(node) });
  } catch (error) {
    console.error(sentenceFor(error, root));
    process.exitCode = 1;
  }
}

/** @param {string[]} args */
export function parse(args) {
  const rest = [...args];
  const frontend = takeFirst(rest, '--frontend');
  const bin = takeFirst(rest, '--bin');
  const target = rest.shift();
  if (!target) throw new SetupError('Usage: node bootstrap/run.mjs [--frontend] FILE.ts|--bin NAME [args…]');
  return { frontend, bin, target, rest };
}

/**
 * @param {string[]} args
 * @param {string} word
 */
function takeFirst(args, word) {
  return args[0] === word && args.shift() === word;
}
