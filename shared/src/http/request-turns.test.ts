import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { takeTurns } from './request-turns.ts';

/** Requests named by client and number, which take so many milliseconds each. */
function start(ms: number) {
  const handled: string[] = [];
  const listener = takeTurns(
    ({ url = '' }) => {
      handled.push(url);
      for (const end = performance.now() + ms; performance.now() < end; );
    },
    ({ url = '' }) => url.slice(0, 1),
  );
  const arrive = (client: string, count: number) => {
    for (let i = 1; i <= count; i++) {
      const req = new IncomingMessage(new Socket());
      req.url = `${client}${i}`;
      listener(req, new ServerResponse(req));
    }
  };
  return { handled, arrive };
}

test('of many requests that arrive together, few are handled in one turn of the event loop', async () => {
  const { handled, arrive } = start(1);
  arrive('a', 40);
  const perTurn: number[] = [];
  while (handled.length < 40) {
    const before = handled.length;
    await new Promise((resolve) => setImmediate(resolve));
    perTurn.push(handled.length - before);
  }
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(3);
  expect(handled).toEqual(Array.from({ length: 40 }, (_, i) => `a${i + 1}`));
});

test('requests of a client do not wait for all of another', async () => {
  const { handled, arrive } = start(1);
  arrive('a', 40);
  arrive('b', 2);
  await expect.poll(() => handled.length, { timeout: 20_000 }).toBe(42);
  expect(handled.indexOf('b1')).toBe(1);
  expect(handled.indexOf('b2')).toBe(3);
});

test('requests that take no time are handled in the turn in which they arrive', async () => {
  const { handled, arrive } = start(0);
  arrive('a', 5);
  await new Promise((resolve) => setImmediate(resolve));
  expect(handled).toHaveLength(5);
});
