import { expect, test } from 'vitest';
import { silentLogger as logger } from '../../testing/silent-logger.ts';
import type { BatchHandler } from '../capabilities.ts';
import { gate, message, textOf, until } from '../contract/samples.ts';
import { CONSUME_DEFAULTS } from './defaults.ts';
import { MemberQueue } from './member-queue.ts';
import { OpenDelivery } from './open-delivery.ts';

function queueOf(handler: BatchHandler) {
  const settled: string[] = [];
  const queue = new MemberQueue(handler, { consume: CONSUME_DEFAULTS, handlerTimeoutMs: 50, logger });
  const add = (text: string) => {
    const stored = { ...message(text), topic: 'topic', position: '1', publishedAt: new Date() };
    const settling = {
      ack: () => settled.push(`${text} acked`),
      nack: (delayMs: number) => settled.push(`${text} nacked for ${delayMs}`),
      reject: async () => true,
    };
    queue.add({ delivery: new OpenDelivery(stored, 1, settling) });
  };
  return { queue, add, settled };
}

test('starts no handler after close, and nacks what waits when its source has ended', async () => {
  const { open: end, opened } = gate();
  const { open: endSource, opened: sourceEnded } = gate();
  const handled: string[] = [];
  const { queue, add, settled } = queueOf(async (batch) => {
    handled.push(...batch.map(textOf));
    await opened;
  });
  add('handled');
  await until(() => expect(handled).toEqual(['handled']));
  const closing = queue.close(sourceEnded);
  add('waiting');
  expect(queue.room).toBe(0);
  end();
  await until(() => expect(settled).toEqual(['handled acked']));
  endSource();
  await closing;
  add('late');
  expect(settled).toEqual(['handled acked', 'waiting nacked for 0', 'late nacked for 0']);
  expect(handled).toEqual(['handled']);
});

test('nacks everything while a handler runs that has timed out', async () => {
  const { open: end, opened } = gate();
  const { queue, add, settled } = queueOf(() => opened);
  add('stuck');
  await until(() => expect(settled).toEqual(['stuck nacked for 0']));
  expect(queue.room).toBe(0);
  add('other');
  expect(settled).toContain('other nacked for 0');
  end();
  await until(() => expect(queue.room).toBe(CONSUME_DEFAULTS.maxBatch));
  add('next');
  await until(() => expect(settled).toContain('next acked'));
  await queue.close();
});

test('a revoked batch aborts the signal of its handler, and what waits is nacked', async () => {
  const signals: AbortSignal[] = [];
  const { open: end, opened } = gate();
  const { queue, add, settled } = queueOf((_, signal) => {
    signals.push(signal);
    return opened;
  });
  add('handled');
  await until(() => expect(signals).toHaveLength(1));
  add('waiting');
  queue.revoke(new Error('the channel was closed'));
  expect(signals.map(({ reason }) => reason.message)).toEqual(['the channel was closed']);
  expect(settled).toEqual(['waiting nacked for 0']);
  add('next');
  end();
  await until(() => expect(settled).toContain('next acked'));
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  await queue.close();
});
