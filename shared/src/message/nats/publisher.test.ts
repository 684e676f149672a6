import { ErrorCode, NatsError } from 'nats';
import { expect, test } from 'vitest';
import { BrokerUnavailableError, RefusedError } from '../capabilities.ts';
import type { JetStreamConnection, NatsConnector } from './connection.ts';
import { NatsPublisher } from './publisher.ts';

/** A connection to a server that confirms nothing: what the publisher uses of one. */
const silent = {
  nc: { isClosed: () => false, subscribe: () => undefined, publish: () => undefined },
  lost: new AbortController().signal,
  newInbox: () => '_INBOX.test',
} as unknown as JetStreamConnection;
const message = () => ({ subject: 'topic', headers: new Map(), payload: new Uint8Array() });

const streams = { ensure: async () => {}, makeRoom: async () => {} };

test('a call that times out while others wait for capacity leaves it to the next one', async () => {
  // Of a connector, the publisher uses no more than this.
  const connector = { get: () => silent } as unknown as NatsConnector;
  const publisher = new NatsPublisher(connector, { maxInFlight: 1, publishTimeoutMs: 30 }, streams);
  const results = await Promise.allSettled([
    publisher.publish([message(), message()]),
    publisher.publish([message()]),
    publisher.publish([message()]),
  ]);
  for (const result of results) {
    expect(result).toMatchObject({ status: 'rejected', reason: expect.any(BrokerUnavailableError) });
  }
});

test('refuses a message that is too large for the server', async () => {
  const publish = () => {
    throw new NatsError('max payload', ErrorCode.MaxPayloadExceeded);
  };
  const connection = { ...silent, nc: { ...silent.nc, publish } };
  const connector = { get: () => connection } as unknown as NatsConnector;
  const publisher = new NatsPublisher(connector, { maxInFlight: 1, publishTimeoutMs: 30 }, streams);
  await expect(publisher.publish([message()])).rejects.toThrow(RefusedError);
});
