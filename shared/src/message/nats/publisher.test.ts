import { headers } from 'nats';
import { expect, test } from 'vitest';
import { BrokerUnavailableError } from '../broker.ts';
import type { Era, NatsLink } from './connection.ts';
import { NatsPublisher } from './publisher.ts';

/** A connection to a server that never confirms anything. */
const silent = {
  nc: { isClosed: () => false, subscribe: () => undefined, publish: () => undefined },
  lost: new AbortController().signal,
} as unknown as Era;
const message = () => ({ subject: 'topic', headers: headers(), payload: new Uint8Array() });

test('a call that gives up while others wait for room lets the next one have it', async () => {
  const link = { now: silent } as NatsLink;
  const publisher = new NatsPublisher(link, { maxInFlight: 1, publishTimeoutMs: 30 }, async () => {});
  const results = await Promise.allSettled([
    publisher.publish([message(), message()]),
    publisher.publish([message()]),
    publisher.publish([message()]),
  ]);
  for (const result of results) {
    expect(result).toMatchObject({ status: 'rejected', reason: expect.any(BrokerUnavailableError) });
  }
});
