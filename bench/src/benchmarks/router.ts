import { createPostgres } from '@meower/shared/db/postgres.ts';
import { meowCreated } from '@meower/shared/event/meow-events.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import type { Broker, Delivery } from '@meower/shared/message/capabilities.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import type { Incoming } from '@meower/shared/message/router/handler.ts';
import { createRouter } from '@meower/shared/message/router/router.ts';
import { createSqlBroker, readSqlBrokerSchema } from '@meower/shared/message/sql.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import type { Benchmark, BenchmarkContext } from '../benchmark.ts';
import { connectBroker } from '../load/event-publisher.ts';
import { alternate } from '../rounds.ts';
import { ratioRow } from '../rows.ts';

const TOPIC = meowCreated.name;
const MESSAGES = 50_000;
/** New groups that get all messages in one round. A single one in process would take 50 ms. */
const GROUPS_IN_PROCESS = 10;
const PUBLISHED_TOGETHER = 1000;
/** What the router asks for. */
const BATCHES = { maxBatch: 100, maxConcurrentBatches: 10, eager: true };

/** How much slower is the router than a loop over the same batches, which it replaces? */
export const router: Benchmark = {
  name: 'router',
  async run(context) {
    await using opened = new AsyncDisposableStack();
    const { nats, postgres } = opened.use(await context.fixtures('nats', 'postgres')).configs;
    const inProcess = createInProcessBroker({ keepMessages: MESSAGES, logger: silentLogger });
    opened.defer(() => inProcess.close());
    const rows = [await compare('in process', { broker: inProcess, groups: GROUPS_IN_PROCESS }, context)];
    if (nats) {
      const broker = await connectBroker(nats);
      opened.defer(() => broker.close());
      rows.push(await compare('NATS', { broker, groups: 1 }, context));
    }
    if (postgres) {
      const db = createPostgres(postgres, silentLogger);
      opened.defer(() => db.close());
      await db.script(await readSqlBrokerSchema());
      const broker = createSqlBroker(db, { logger: silentLogger });
      opened.defer(() => broker.close());
      rows.push(await compare('Postgres', { broker, groups: 1 }, context));
    }
    return rows;
  },
};

interface Setting {
  broker: Broker;
  groups: number;
}

async function compare(name: string, setting: Setting, { rounds, progress }: BenchmarkContext) {
  const { broker, groups } = setting;
  for (let i = 0; i < MESSAGES; i += PUBLISHED_TOGETHER) {
    await broker.publish(TOPIC, Array.from({ length: PUBLISHED_TOGETHER }, newMessage));
  }
  const measure = `handled by the router, ${name}`;
  const contenders = [
    { name: 'router', round: () => perSecond(groups, () => throughRouter(setting)) },
    { name: 'loop', round: () => perSecond(groups, () => inLoop(setting)) },
  ];
  const results = await alternate(contenders, { rounds, progress, label: measure });
  const row = { measure, unit: 'messages/s', metric: 'perSecond', target: { atLeast: 0.85 } };
  return ratioRow(results, row, { name: 'consumer that awaits and acks each message', contender: 1 });
}

const newMeowId = createIdGenerator();

function newMessage() {
  const { id } = newMeowId();
  return {
    id,
    key: id,
    metadata: {},
    payload: Buffer.from(JSON.stringify({ id, body: 'a meow as long as most of them, which is not much' })),
  };
}

async function perSecond(groups: number, handleAll: () => Promise<void>) {
  const started = performance.now();
  for (let i = 0; i < groups; i++) await handleAll();
  return { perSecond: (1000 * groups * MESSAGES) / (performance.now() - started) };
}

async function throughRouter({ broker }: Setting): Promise<void> {
  const handledAll = untilHandled();
  const router = createRouter({ logger: silentLogger });
  router.add({ name: newGroup(), from: { consumer: broker, topic: TOPIC }, handle });
  await router.start();
  await handledAll;
  await router.close();
}

async function inLoop({ broker }: Setting): Promise<void> {
  const handledAll = untilHandled();
  const handleEach = async (batch: readonly Delivery[]) => {
    for (const delivery of batch) {
      await handle(delivery);
      delivery.ack();
    }
  };
  const subscription = await broker.consume([TOPIC], newGroup(), handleEach, BATCHES);
  await handledAll;
  await subscription.close();
}

let groupCount = 0;

function newGroup(): string {
  return `group-${++groupCount}`;
}

const decoder = new TextDecoder();
let left = 0;
let onHandled: () => void = () => {};

function untilHandled(): Promise<void> {
  left = MESSAGES;
  return new Promise((resolve) => {
    onHandled = resolve;
  });
}

/** Does what each handler has to do, and no more: it parses the payload. */
async function handle({ payload }: Incoming): Promise<void> {
  if (JSON.parse(decoder.decode(payload)).body) left--;
  if (left === 0) onHandled();
}
