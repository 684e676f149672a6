// A program for program.test.ts: starts, says so, and gets into the trouble that its argument names.
import { runProgram } from '../process/program.ts';
import { StartError } from '../process/start-error.ts';

const trouble: Record<string, () => void> = {
  exception: () => {
    throw new Error('nobody catches this');
  },
  rejection: () => void Promise.reject(new Error('nobody catches this')),
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
      trouble[mode]?.();
    });
    return {
      async close() {
        clearInterval(alive);
        process.stdout.write('closed\n');
      },
    };
  },
);
