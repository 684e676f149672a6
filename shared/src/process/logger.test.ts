import { expect, test } from 'vitest';
import { createLogger } from './logger.ts';

/** What is logged of a value under `err`, and the length of the line. */
function logged(err: unknown): { err: Record<string, string>; length: number } {
  let line = '';
  const logger = createLogger('test', 'info', { write: (text: string) => (line += text) });
  logger.error({ err }, 'failed');
  return { err: JSON.parse(line).err, length: line.length };
}

test('an error is logged with its type, code, message, stack and causes', () => {
  const error = new TypeError('no cat', { cause: new Error('no box') });
  const { err } = logged(Object.assign(error, { code: 'E_CAT' }));
  expect(err).toMatchObject({ type: 'TypeError', code: 'E_CAT', message: 'no cat: no box' });
  expect(err.stack).toMatch(/logger\.test\.ts[\s\S]*caused by: Error: no box/);
});

test('the line of a huge error is short', () => {
  let error = new Error('x'.repeat(100_000));
  for (let i = 0; i < 1000; i++) error = new Error('y'.repeat(1000), { cause: error });
  expect(logged(error).length).toBeLessThan(10_000);
});

test('what an error carries besides, such as the row of a failed insert, is not logged', () => {
  const error = Object.assign(new Error('null value'), {
    detail: 'Failing row contains (secret meow)',
    meta: { body: 'secret' },
  });
  expect(JSON.stringify(logged(error))).not.toContain('secret');
});

test('something thrown that is no error is logged as text', () => {
  expect(logged('just text').err).toBe('just text');
  expect(logged(undefined).err).toBeUndefined();
});
