import { join } from 'node:path';
import { binaryOf } from '../bootstrap/binary.mjs';
import { runForwarding } from '../bootstrap/exec.mjs';

export const root = join(import.meta.dirname, '..');

/** Runs the command of an installed package on this Node, in the root of the project; gives its exit code. */
export function run(
  name: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<number> {
  const { cwd = root, env = {} } = options;
  return runForwarding(process.execPath, [binaryOf(root, name), ...args], {
    cwd,
    env: { ...process.env, ...env },
  });
}
