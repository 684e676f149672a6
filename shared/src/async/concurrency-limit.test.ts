import { expect, test } from 'vitest';
import { createConcurrencyLimit } from './concurrency-limit.ts';
import { OverloadedError } from './overloaded-error.ts';

test('work beyond the limit is refused until some has succeeded or failed', async () => {
  const limited = createConcurrencyLimit(2);
  const [one, two] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const running = [limited(() => one.promise), limited(() => two.promise)];
  const refused = () => Promise.reject(new Error('was run'));
  await expect(limited(refused)).rejects.toThrow(OverloadedError);
  one.reject(new Error('broken'));
  await expect(running[0]).rejects.toThrow('broken');
  expect(await limited(async () => 'three')).toBe('three');
  two.resolve('two');
  expect(await running[1]).toBe('two');
});

test('work that throws instead of rejecting counts as ended', async () => {
  const limited = createConcurrencyLimit(1);
  const throwing = () => {
    throw new Error('broken');
  };
  await expect(limited(throwing)).rejects.toThrow('broken');
  expect(await limited(async () => 'next')).toBe('next');
});
