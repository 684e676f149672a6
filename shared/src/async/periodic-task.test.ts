import { expect, test } from 'vitest';
import { createLogger } from '../process/logger.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { createPeriodicTask } from './periodic-task.ts';

const HOUR_MS = 3_600_000;

test('runs again after the pause until the signal aborts', async () => {
  const stop = new AbortController();
  let runs = 0;
  const task = createPeriodicTask(
    async () => {
      if (++runs === 3) stop.abort();
    },
    { what: 'count', logger: silentLogger, intervalMs: 1 },
  );
  await task.run(stop.signal);
  expect(runs).toBe(3);
});

test('logs a failure and goes on', async () => {
  const stop = new AbortController();
  const lines: string[] = [];
  let runs = 0;
  const task = createPeriodicTask(
    async () => {
      if (++runs === 2) stop.abort();
      else throw new Error('no connection');
    },
    {
      what: 'count',
      logger: createLogger('test', 'info', { write: (line) => lines.push(line) }),
      intervalMs: 1,
    },
  );
  await task.run(stop.signal);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      msg: 'could not count, trying again',
      retryInMs: 1,
      err: expect.objectContaining({ message: 'no connection' }),
    }),
  ]);
});

test('waking it during a run starts the next without a pause', async () => {
  const stop = new AbortController();
  let runs = 0;
  const task = createPeriodicTask(
    async () => {
      if (++runs === 3) stop.abort();
      else task.wake();
    },
    { what: 'count', logger: silentLogger, intervalMs: HOUR_MS },
  );
  await task.run(stop.signal);
  expect(runs).toBe(3);
});
