import { expect, test } from 'vitest';
import { type BatchReport, createBatcher } from './batcher.ts';
import { OverloadedError } from './overloaded-error.ts';

const options = { maxBatch: 3, concurrency: 1, maxWaiting: 5 };

/** A `run` whose batches end when the test ends them. */
function controlled() {
  const started: { items: readonly string[]; end: (error?: Error) => void }[] = [];
  const waiters: { count: number; resolve: () => void }[] = [];
  return {
    started,
    run(items: readonly string[]) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      started.push({ items, end: (error) => (error ? reject(error) : resolve()) });
      for (const waiter of waiters) if (started.length >= waiter.count) waiter.resolve();
      return promise;
    },
    untilStarted(count: number) {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (started.length >= count) resolve();
      else waiters.push({ count, resolve });
      return promise;
    },
    end: (index: number, error?: Error) => started[index]?.end(error),
  };
}

test('a single item starts immediately', async () => {
  const control = controlled();
  const done = createBatcher(control.run, options).add('a');
  await control.untilStarted(1);
  expect(control.started[0]?.items).toEqual(['a']);
  control.end(0);
  await done;
});

test('items gather while a batch runs, in order, up to the size of a batch', async () => {
  const control = controlled();
  const batcher = createBatcher(control.run, options);
  const done = [batcher.add('a')];
  await control.untilStarted(1);
  done.push(...['b', 'c', 'd', 'e'].map((item) => batcher.add(item)));
  control.end(0);
  await control.untilStarted(2);
  control.end(1);
  await control.untilStarted(3);
  control.end(2);
  await Promise.all(done);
  expect(control.started.map(({ items }) => items)).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
});

test('a batch that fails rejects its own items and no others', async () => {
  const control = controlled();
  const batcher = createBatcher(control.run, options);
  const first = batcher.add('a');
  await control.untilStarted(1);
  const second = batcher.add('b');
  control.end(0, new Error('broken'));
  await expect(first).rejects.toThrow('broken');
  await control.untilStarted(2);
  control.end(1);
  await second;
});

test('one more than may wait is refused immediately', async () => {
  const control = controlled();
  const batcher = createBatcher(control.run, { ...options, maxWaiting: 1 });
  const first = batcher.add('a');
  await control.untilStarted(1);
  const second = batcher.add('b');
  await expect(batcher.add('c')).rejects.toThrow(OverloadedError);
  control.end(0);
  await control.untilStarted(2);
  control.end(1);
  await Promise.all([first, second]);
});

test('each item gets its own outcome, and an error rejects only its own', async () => {
  const batcher = createBatcher<string, string>(
    async (items) => items.map((item) => (item === 'b' ? new Error('broken') : item.toUpperCase())),
    options,
  );
  const results = await Promise.allSettled(['a', 'b', 'c'].map((item) => batcher.add(item)));
  expect(results).toEqual([
    { status: 'fulfilled', value: 'A' },
    { status: 'rejected', reason: new Error('broken') },
    { status: 'fulfilled', value: 'C' },
  ]);
});

test('runs as many batches concurrently as allowed', async () => {
  const control = controlled();
  const batcher = createBatcher(control.run, { ...options, maxBatch: 1, concurrency: 2 });
  const done = ['a', 'b', 'c'].map((item) => batcher.add(item));
  await control.untilStarted(2);
  expect(control.started).toHaveLength(2);
  control.end(1);
  await control.untilStarted(3);
  control.end(0);
  control.end(2);
  await Promise.all(done);
});

test('another batch starts while one runs when as many items wait as are in flight', async () => {
  const control = controlled();
  const batcher = createBatcher(control.run, { ...options, concurrency: 2 });
  const done = ['a', 'b'].map((item) => batcher.add(item));
  await control.untilStarted(1);
  done.push(batcher.add('c'));
  await new Promise(setImmediate);
  expect(control.started).toHaveLength(1);
  done.push(batcher.add('d'));
  await control.untilStarted(2);
  expect(control.started[1]?.items).toEqual(['c', 'd']);
  control.end(0);
  control.end(1);
  await Promise.all(done);
});

test('what arrives during the cooldown gathers for the next batch', async () => {
  const control = controlled();
  const batcher = createBatcher(control.run, { ...options, cooldownMs: 50 });
  const first = batcher.add('a');
  await control.untilStarted(1);
  control.end(0);
  await first;
  const done = [batcher.add('b')];
  await new Promise(setImmediate);
  expect(control.started).toHaveLength(1);
  done.push(batcher.add('c'));
  await control.untilStarted(2);
  expect(control.started[1]?.items).toEqual(['b', 'c']);
  control.end(1);
  await Promise.all(done);
});

test('is idle when all has been run', async () => {
  const control = controlled();
  const batcher = createBatcher(control.run, options);
  await batcher.idle();
  const done = batcher.add('a');
  await control.untilStarted(1);
  let idle = false;
  const waiting = batcher.idle().then(() => {
    idle = true;
  });
  expect(idle).toBe(false);
  control.end(0);
  await Promise.all([done, waiting]);
});

test('reports the size of each batch, and how long its first item has waited', async () => {
  const control = controlled();
  const reports: BatchReport[] = [];
  const onBatch = (report: BatchReport) => reports.push(report);
  const batcher = createBatcher(control.run, { ...options, onBatch });
  const done = [batcher.add('a')];
  await control.untilStarted(1);
  done.push(batcher.add('b'), batcher.add('c'));
  control.end(0);
  await control.untilStarted(2);
  control.end(1);
  await Promise.all(done);
  await batcher.idle();
  const reported = { waitedMs: expect.any(Number), durationMs: expect.any(Number) };
  expect(reports).toEqual([
    { ...reported, size: 1 },
    { ...reported, size: 2 },
  ]);
  expect(Math.min(...reports.map(({ waitedMs }) => waitedMs))).toBeGreaterThan(0);
});
