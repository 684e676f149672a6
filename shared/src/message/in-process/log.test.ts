import { expect, test } from 'vitest';
import { message } from '../contract/samples.ts';
import { InProcessLog } from './log.ts';

test('a message that is kept keeps no other memory', () => {
  const log = new InProcessLog(0, 10);
  log.append('topic', message('meow'));
  const [{ payload } = { payload: undefined }] = log.after(new Set(['topic']), 0, 1).messages;
  expect(payload?.toString()).toBe('meow');
  expect(payload?.buffer.byteLength).toBe(4);
});
