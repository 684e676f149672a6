// A program for program.test.ts: prints that it has started, and fails as its argument names.
import { runProgram } from '../process/program.ts';
import { StartError } from '../process/start-error.ts';

const failures: Record<string, () => void> = {
  exception: () => {
    throw new Error('not caught');
  },
  rejection: () => void Promise.reject(new Error('not caught')),
  none: () => undefined,
};
const mode = process.argv[2] ?? 'none';

await runProgram(
  'sample',
  () => ({ logLevel: 'info' }),
  async () => {
    if (mode === 'start-error') throw new StartError('the port is taken.');
    const alive = setInterval(() => undefined, 60_000);
    setImmediate(() => {
      process.stdout.write('started\n');
      failures[mode]?.();
    });
    return {
      async close() {
        clearInterval(alive);
        process.stdout.write('closed\n');
      },
    };
  },
);
