import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLogger } from '../testing/silent-logger.ts';
import { type Broker, BrokerUnavailableError } from './capabilities.ts';
import { message, messages, textOf } from './contract/samples.ts';
import { createInProcessBroker } from './in-process.ts';
import { measurePublisher, type PublishedReport, watchConsumer } from './metrics.ts';

let broker: Broker;
beforeEach(() => {
  broker = createInProcessBroker({ logger: silentLogger });
});
afterEach(() => broker.close());

interface SettledReport {
  group: string;
  settled: string;
  attempt: number;
}

const watched = (reports: SettledReport[]) =>
  watchConsumer(
    broker,
    (_topics, group) =>
      (settled, { attempt }) =>
        reports.push({ group, settled, attempt }),
  );

test('a publisher reports each call with its duration, and whether the messages are stored', async () => {
  const reports: PublishedReport[] = [];
  const publisher = measurePublisher(broker, 'events', (report) => reports.push(report));
  await publisher.publish('topic', messages(2));
  await publisher.publish('topic', []);
  await broker.close();
  await expect(publisher.publish('topic', [message()])).rejects.toThrow(BrokerUnavailableError);
  expect(reports).toEqual([
    { publisher: 'events', messages: 2, durationMs: expect.any(Number), isStored: true },
    { publisher: 'events', messages: 1, durationMs: expect.any(Number), isStored: false },
  ]);
});

test('a consumer reports how each delivery was settled, by its handler or at the end', async () => {
  const reports: SettledReport[] = [];
  const consumer = watched(reports);
  await consumer.consume(['topic'], 'group', async (batch) => {
    for (const delivery of batch) {
      if (textOf(delivery) === 'nacked' && delivery.attempt === 1) delivery.nack(60_000);
      if (textOf(delivery) === 'rejected') {
        await delivery.reject('never');
        delivery.ack();
      }
    }
  });
  await broker.publish('topic', [message('nacked'), message('rejected'), message('left')]);
  await vi.waitFor(() => expect(reports).toHaveLength(3));
  expect(reports.map(({ settled }) => settled).sort()).toEqual(['acked', 'nacked', 'rejected']);
  expect(reports[0]).toMatchObject({ group: 'group' });
  expect(await broker.deadLetters.count()).toBe(1);
});

test('a consumer reports a batch whose handler fails as nacked', async () => {
  const reports: SettledReport[] = [];
  const consumer = watched(reports);
  await consumer.consume(['topic'], 'group', async (batch) => {
    if (batch.some(({ attempt }) => attempt === 1)) throw new Error('not yet');
  });
  await broker.publish('topic', messages(2));
  await vi.waitFor(() =>
    expect(reports.map(({ settled, attempt }) => [settled, attempt])).toEqual([
      ['nacked', 1],
      ['nacked', 1],
      ['acked', 2],
      ['acked', 2],
    ]),
  );
});
