import { expect, test } from 'vitest';
import { createLogger } from '../process/logger.ts';
import { retryForever } from './retry.ts';

const logger = createLogger('test', 'silent');
const { signal } = new AbortController();

test('tries until it succeeds, and resolves to the result', async () => {
  let attempts = 0;
  const attempt = async () => {
    if (++attempts < 3) throw new Error('not yet');
    return 'result';
  };
  expect(await retryForever(attempt, { what: 'reach it', logger, signal, delayMs: 1 })).toBe('result');
  expect(attempts).toBe(3);
});

test('logs each failure', async () => {
  const lines: string[] = [];
  const listening = createLogger('test', 'info', { write: (line) => lines.push(line) });
  let failed = false;
  const attempt = async () => {
    if (!failed) {
      failed = true;
      throw new Error('connection refused');
    }
  };
  await retryForever(attempt, { what: 'reach NATS', logger: listening, signal, delayMs: 1 });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    msg: 'could not reach NATS, trying again',
    retryInMs: 1,
    err: { message: 'connection refused' },
  });
});

test('a failure that repeats is logged in fewer and fewer lines, another one immediately', async () => {
  const lines: { attempts?: number; reason?: string; err?: { message: string } }[] = [];
  const listening = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  let attempts = 0;
  const attempt = async () => {
    attempts++;
    if (attempts <= 20) throw new Error('refused');
    if (attempts === 21) throw new Error('too late');
  };
  await retryForever(attempt, { what: 'reach it', logger: listening, signal, delayMs: 0 });
  expect(lines.map((line) => line.attempts ?? line.err?.message)).toEqual([
    'refused',
    2,
    4,
    8,
    16,
    'too late',
  ]);
});

test('rejects with the reason of the signal during a pause', async () => {
  const stop = new AbortController();
  const attempt = () => {
    stop.abort(new Error('closing'));
    return Promise.reject(new Error('not yet'));
  };
  const retrying = retryForever(attempt, {
    what: 'reach it',
    logger,
    signal: stop.signal,
    delayMs: 3_600_000,
  });
  await expect(retrying).rejects.toThrow('closing');
});

test('rejects with the reason of the signal during an attempt', async () => {
  const stop = new AbortController();
  const attempt = () => new Promise<void>(() => setImmediate(() => stop.abort(new Error('closing'))));
  const retrying = retryForever(attempt, { what: 'reach it', logger, signal: stop.signal });
  await expect(retrying).rejects.toThrow('closing');
});
