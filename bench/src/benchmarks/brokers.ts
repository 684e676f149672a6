import { randomUUID } from 'node:crypto';
import type { Closable } from '@meower/shared/async/closable.ts';
import type { Message } from '@meower/shared/message/capabilities.ts';
import { createRouter } from '@meower/shared/message/router/router.ts';
import { realAddress } from '@meower/shared/testing/real-addresses.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import type { Benchmark, BenchmarkContext } from '../benchmark.ts';
import type { BrokerPair } from '../brokers/broker-pair.ts';
import { kafka } from '../brokers/kafka.ts';
import { rabbitmq } from '../brokers/rabbitmq.ts';
import { redis } from '../brokers/redis.ts';
import { alternate, type Contender } from '../rounds.ts';
import { type Row, ratioRow } from '../rows.ts';
import { summarize } from '../statistics.ts';

const KINDS = [kafka, rabbitmq, redis];
const MESSAGES = 30_000;
const PUBLISHED_TOGETHER = 100;
const PAYLOAD_BYTES = 300;
/**
 * For the time from publishing to handling, one after the other. The first half does not count: meanwhile V8
 * compiles the code.
 */
const PINGS = 2000;
const THROUGHPUT_TARGET = { atLeast: 0.85 };
const DELAY_TARGET = { atMost: 1.18 };

type Publish = (topic: string, messages: readonly Message[]) => Promise<void>;
type Consume = (topic: string, group: string, onPayload: (payload: Uint8Array) => void) => Promise<Closable>;

/** How much slower is each broker, and the router on it, than the bare client library? */
export const brokers: Benchmark = {
  name: 'brokers',
  async run(context) {
    const rows: Row[] = [];
    for (const { name, dependency, open } of KINDS) {
      const real = realAddress(dependency);
      if ('missing' in real) {
        console.log(`${name}: skipped, ${real.missing}`);
        continue;
      }
      await using pair = await open(real.address);
      rows.push(...(await compare(name, pair, context)));
    }
    return rows;
  },
};

async function compare(
  name: string,
  { newTopic, broker, bare }: BrokerPair,
  context: BenchmarkContext,
): Promise<Row[]> {
  const consume: Consume = (topic, group, onPayload) =>
    broker.consume([topic], group, async (batch) => {
      for (const { payload } of batch) onPayload(payload);
    });
  const route: Consume = async (topic, name, onPayload) => {
    const handle = async ({ payload }: Message) => onPayload(payload);
    const router = createRouter({ logger: silentLogger }).add({
      name,
      from: { consumer: broker, topic },
      handle,
    });
    await router.start();
    return router;
  };
  const { publish } = broker;
  const measure = async (what: string, unit: string, contenders: Contender[], target: object) => {
    const label = `${what}, ${name}`;
    const results = await alternate(contenders, { ...context, label });
    const row = { measure: label, unit, metric: 'value', target };
    return ratioRow(results, row, { name: 'the bare client', contender: 1 });
  };
  const contender = (name: string, round: (topic: string) => Promise<number>): Contender => ({
    name,
    round: async () => ({ value: await round(await newTopic()) }),
  });
  return [
    await measure(
      'published, 100 together',
      'messages/s',
      [
        contender('broker', (topic) => publishAll(topic, publish)),
        contender('client', (topic) => publishAll(topic, bare.publish)),
      ],
      THROUGHPUT_TARGET,
    ),
    await measure(
      'published and handled',
      'messages/s',
      [
        contender('broker', (topic) => publishAll(topic, publish, consume)),
        contender('client', (topic) => publishAll(topic, bare.publish, bare.consume)),
      ],
      THROUGHPUT_TARGET,
    ),
    await measure(
      'published and handled by the router',
      'messages/s',
      [
        contender('router', (topic) => publishAll(topic, publish, route)),
        contender('client', (topic) => publishAll(topic, bare.publish, bare.consume)),
      ],
      THROUGHPUT_TARGET,
    ),
    await measure(
      'publishing to handling, half at most',
      'ms',
      [
        contender('broker', (topic) => medianDelayMs(topic, publish, consume)),
        contender('client', (topic) => medianDelayMs(topic, bare.publish, bare.consume)),
      ],
      DELAY_TARGET,
    ),
  ];
}

function newMessages(count: number): Message[] {
  return Array.from({ length: count }, () => {
    const id = randomUUID();
    return { id, key: id, metadata: {}, payload: Buffer.alloc(PAYLOAD_BYTES, id) };
  });
}

/** Per second, until the last one is confirmed and, with `consume`, handled by a group. */
async function publishAll(topic: string, publish: Publish, consume?: Consume): Promise<number> {
  const handledAll = Promise.withResolvers<void>();
  let handled = 0;
  const consumer = await consume?.(topic, randomUUID(), () => {
    if (++handled === 1 + MESSAGES) handledAll.resolve();
  });
  const batches = Array.from({ length: MESSAGES / PUBLISHED_TOGETHER }, () =>
    newMessages(PUBLISHED_TOGETHER),
  );
  // Does not count: Kafka's clients wait for the leaders of a new topic, up to a second.
  await publish(topic, newMessages(1));
  const started = performance.now();
  for (const batch of batches) await publish(topic, batch);
  if (consume) await handledAll.promise;
  const perSecond = (1000 * MESSAGES) / (performance.now() - started);
  await consumer?.close();
  return perSecond;
}

async function medianDelayMs(topic: string, publish: Publish, consume: Consume): Promise<number> {
  let onHandled = () => {};
  const consumer = await consume(topic, randomUUID(), () => onHandled());
  const delays: number[] = [];
  for (const message of newMessages(PINGS)) {
    const { promise, resolve } = Promise.withResolvers<void>();
    onHandled = resolve;
    const started = performance.now();
    await Promise.all([publish(topic, [message]), promise]);
    delays.push(performance.now() - started);
  }
  await consumer.close();
  return summarize(delays.slice(PINGS / 2)).median;
}
