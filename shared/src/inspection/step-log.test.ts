import { expect, test } from 'vitest';
import { createStepLog } from './step-log.ts';

test('remembers the steps of the newest meows, in their order, and the first ones of each', () => {
  let time = 0;
  const log = createStepLog({ meows: 2, steps: 3, now: () => ++time });
  for (const id of ['a', 'b', 'c']) log.add(id, 'committed');
  for (let i = 0; i < 5; i++) log.add('b', 'failed', `attempt ${i}`);
  expect(log.of('a')).toEqual([]);
  expect(log.of('b')).toEqual([
    { at: new Date(2), what: 'committed', details: undefined },
    { at: new Date(4), what: 'failed', details: 'attempt 0' },
    { at: new Date(5), what: 'failed', details: 'attempt 1' },
  ]);
  expect(log.of('c')).toHaveLength(1);
});
