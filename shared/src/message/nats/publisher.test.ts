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

const settings = { maxInFlight: 1, publishTimeoutMs: 30, replicas: 1, announcedTopics: [] };
const streams = { ensure: async () => {}, makeRoom: async () => {} };

test('a call that times out while others wait for capacity leaves it to the next one', async () => {
  // Of a connector, the publisher uses no more than this.
  const connector = { get: () => silent } as unknown as NatsConnector;
  const publisher = new NatsPublisher(connector, settings, streams);
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
  const publisher = new NatsPublisher(connector, settings, streams);
  await expect(publisher.publish([message()])).rejects.toThrow(RefusedError);
});

test('in a cluster, sends again what is not confirmed, and announces it until it is', async () => {
  const sent: string[] = [];
  const publish = (subject: string) => void sent.push(subject);
  const connection = { ...silent, nc: { ...silent.nc, publish } };
  const connector = { get: () => connection, current: connection } as unknown as NatsConnector;
  const cluster = { ...settings, publishTimeoutMs: 2500, replicas: 3, announcedTopics: ['topic'] };
  const publisher = new NatsPublisher(connector, cluster, streams);
  await expect(publisher.publish([message()])).rejects.toThrow(BrokerUnavailableError);
  expect(sent.filter((subject) => subject === 'topic').length).toBeGreaterThanOrEqual(2);
  expect(sent.filter((subject) => subject === 'announced.topic')).not.toHaveLength(0);
});

test('in a cluster, waits for another server', async () => {
  const confirmed = Promise.withResolvers<(msg: object) => void>();
  const subscribe = (_: string, { callback }: { callback: (err: null, msg: object) => void }) =>
    confirmed.resolve((msg) => callback(null, msg));
  const publish = (_: string, __: unknown, { reply }: { reply: string }) =>
    void confirmed.promise.then((confirm) => confirm({ subject: reply, json: () => ({ seq: 1 }) }));
  const connection = { ...silent, nc: { ...silent.nc, subscribe, publish } };
  let current: object | undefined;
  const connector = {
    get current() {
      return current;
    },
    get: () => connection,
    connected: async () => {
      current = connection;
      return connection;
    },
  } as unknown as NatsConnector;
  const publisher = new NatsPublisher(connector, { ...settings, replicas: 3 }, streams);
  await publisher.publish([message()]);
  expect(current).toBe(connection);
});
