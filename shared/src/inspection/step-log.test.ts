import { expect, test } from 'vitest';
import { createStepLog } from './step-log.ts';

test('remembers the newest steps, in their order', () => {
  let time = 0;
  const log = createStepLog({ capacity: 5, now: () => ++time });
  for (const id of ['a', 'b', 'c']) log.add(id, 'committed');
  expect(log.of('a')).toEqual([{ at: new Date(1), what: 'committed', details: undefined }]);
  for (let i = 0; i < 3; i++) log.add('b', 'failed', `attempt ${i}`);
  expect(log.of('a')).toEqual([]);
  expect(log.of('b')).toEqual([
    { at: new Date(2), what: 'committed', details: undefined },
    { at: new Date(4), what: 'failed', details: 'attempt 0' },
    { at: new Date(5), what: 'failed', details: 'attempt 1' },
    { at: new Date(6), what: 'failed', details: 'attempt 2' },
  ]);
  expect(log.of('c')).toHaveLength(1);
});

test('returns the newest steps of a meow that has many', () => {
  const log = createStepLog({ stepsOfOne: 2 });
  for (let i = 0; i < 5; i++) log.add('a', 'failed', `attempt ${i}`);
  expect(log.of('a').map(({ details }) => details)).toEqual(['attempt 3', 'attempt 4']);
});
