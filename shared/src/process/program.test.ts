import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../testing/sample-program.ts', import.meta.url));

type Program = ChildProcessByStdio<null, Readable, Readable>;
const start = (mode: string): Program =>
  spawn(process.execPath, [PROGRAM, mode], { stdio: ['ignore', 'pipe', 'pipe'] });

const end = async (program: Program) => {
  const [[code], out, err] = await Promise.all([
    once(program, 'exit'),
    text(program.stdout),
    text(program.stderr),
  ]);
  return { code: code as number | null, out, err };
};

test.each(['SIGTERM', 'SIGINT'] as const)('%s stops it gracefully, exit code 0', async (signal) => {
  const program = start('none');
  program.stdout.once('data', () => program.kill(signal));
  const { code, out } = await end(program);
  expect(out).toContain('closed');
  expect(code).toBe(0);
});

test.each(['exception', 'rejection'])(
  'an unhandled %s is logged, and stops it gracefully with exit code 1',
  async (mode) => {
    const { code, out } = await end(start(mode));
    expect(out).toContain('not caught');
    expect(out).toContain('closed');
    expect(code).toBe(1);
  },
);

test('a StartError is printed as one sentence, exit code 1', async () => {
  const { code, err } = await end(start('start-error'));
  expect(err).toBe('sample: the port is taken.\n');
  expect(code).toBe(1);
});
