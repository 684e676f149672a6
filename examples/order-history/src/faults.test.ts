import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createKafkaServer } from '@meower/brokers/testing/kafka-server.ts';
import type { BatchHandler, Consumer, Delivery } from '@meower/shared/message/capabilities.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { freePorts } from '@meower/shared/testing/free-ports.ts';
import { ProgramProcess } from '@meower/shared/testing/program-process.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import { expect, test, vi } from 'vitest';
import { type Answer, startTestSystem, type TestSystem } from './testing/order-system.ts';
import { seededRandom } from './testing/seeded-random.ts';

vi.setConfig({ testTimeout: 180_000 });

interface FaultReport {
  writes: number;
  faults: { refused: number; repeated: number; crashed: number };
  violations: string[];
}

/** Gives the handler batches twice and out of order, and lets it fail before the effect, and between it and the ack. */
function disturbed(consumer: Consumer, random: () => number, faults: FaultReport['faults']): Consumer {
  const shuffled = (batch: readonly Delivery[]) =>
    batch
      .map((one) => ({ one, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ one }) => one);
  return {
    consume(topics, group, handler, options) {
      const handle: BatchHandler = async (batch, signal) => {
        if (random() < 0.1) {
          faults.refused++;
          throw new Error('the database does not answer');
        }
        await handler(shuffled(batch), signal);
        if (random() < 0.3) {
          faults.repeated++;
          await handler(shuffled(batch), signal);
        }
        if (random() < 0.2) {
          faults.crashed++;
          throw new Error('the process dies before the ack');
        }
      };
      return consumer.consume(topics, group, handle, { ...options, maxBatch: 7 });
    },
  };
}

interface FaultPlan {
  env?: Record<string, string>;
  /** SQL that breaks the read model. */
  bug?: URL;
  /** Writes of each client. Default 60. */
  writes?: number;
  /** What happens to servers after the first writes. `write` resolves once clients have written as much again. */
  disturb?(system: TestSystem, write: () => Promise<void>): Promise<void>;
}

/**
 * Clients write at random while the read side is disturbed; then the history has to be that of the rows of
 * the services.
 */
async function runWithFaults({ env = {}, bug, writes = 60, disturb }: FaultPlan): Promise<FaultReport> {
  const random = seededRandom(12);
  const faults = { refused: 0, repeated: 0, crashed: 0 };
  const written = { writes: 0, failed: [] as string[] };
  await using system = await startTestSystem(env, {
    wrapBroker: (broker) => ({ ...broker, ...disturbed(broker, random, faults) }),
    ...(bug && { furtherSchema: [bug] }),
  });
  const write = () => writeAtRandom(system, random, { written, writes });
  await write();
  await disturb?.(system, write);
  const truth = await readTruth(system);
  const violations = [...written.failed, ...(await findViolations(system, truth))];
  return { writes: written.writes, faults, violations };
}

async function writeAtRandom(
  { ask }: TestSystem,
  random: () => number,
  { written, writes }: { written: { writes: number; failed: string[] }; writes: number },
): Promise<void> {
  const orders: number[] = [];
  const goods: number[] = [];
  const below = (limit: number) => Math.floor(random() * limit);
  const oneOf = (ids: number[]) => ids[below(ids.length)] ?? 1;
  const client = async () => {
    for (let i = 0; i < writes; i++) {
      const what = random();
      let answer: Answer;
      if (what < 0.2 || orders.length === 0) {
        answer = await ask('order', 'POST', '/v1/order', `userId=${1 + below(9)}`);
        orders.push(answer.body.data.id);
      } else if (what < 0.6 || goods.length === 0) {
        answer = await ask('goods', 'POST', '/v1/goods', `orderId=${oneOf(orders)}`);
        goods.push(answer.body.data.id);
      } else if (what < 0.8) {
        answer = await ask('goods', 'PUT', `/v1/goods/${oneOf(goods)}`, `orderId=${oneOf(orders)}`);
      } else if (what < 0.95) answer = await ask('goods', 'DELETE', `/v1/goods/${oneOf(goods)}`);
      else answer = await ask('order', 'DELETE', `/v1/order/${oneOf(orders)}`);
      if (answer.status < 300) written.writes++;
      // What is deleted already is answered with 404.
      else if (answer.status !== 404) written.failed.push(`a write is answered with ${answer.status}`);
    }
  };
  await Promise.all([client(), client(), client(), client()]);
}

/** The number of goods of each order, from the services that own them. */
async function readTruth({ ask }: TestSystem): Promise<Map<number, number>> {
  const orders = (await ask('order', 'GET', '/v1/order')).body.data as { id: number }[];
  const goods = (await ask('goods', 'GET', '/v1/goods')).body.data as { order_id: number }[];
  return new Map(orders.map(({ id }) => [id, goods.filter(({ order_id }) => order_id === id).length]));
}

/** Waits until the read model has all rows of the services, then compares what it counts. */
async function findViolations({ ask, page }: TestSystem, truth: Map<number, number>): Promise<string[]> {
  const findDrift = async () => {
    const { status, body } = await ask('operators', 'GET', '/v1/order-history/drift');
    if (status !== 200) return `drift answers ${status}`;
    const { order, goods } = body.data;
    const drift = [order, goods].map(({ missing, outdated, surplus }) => missing + outdated + surplus);
    return drift.some((count) => count > 0) ? `drift: ${JSON.stringify(body.data)}` : undefined;
  };
  try {
    await waitUntil(findDrift, { timeoutMs: 90_000, intervalMs: 500 });
  } catch (error) {
    return [String(error)];
  }
  const violations: string[] = [];
  for (const threshold of [0, 1, 2, 3, 5, 8]) {
    const expected = [...truth].filter(([, count]) => count > threshold).map(([id]) => id);
    const found = await page(`threshold=${threshold}&limit=1000`);
    if (String(found) !== String(expected))
      violations.push(`above ${threshold}: ${found} instead of ${expected}`);
  }
  return violations;
}

test.concurrent('messages twice, out of order, failures between effect and ack: the history is that of the services', async () => {
  const report = await runWithFaults({});
  console.log(`faults on the embedded system: ${JSON.stringify(report)}`);
  expect(report.violations).toEqual([]);
  expect(Math.min(...Object.values(report.faults))).toBeGreaterThan(0);
});

describeReal('kafka', (address) =>
  test.concurrent('the same on Kafka', async () => {
    const unique = randomUUID();
    const topics = { ORDER_TOPIC: `order_created_${unique}`, GOODS_TOPIC: `goods_created_${unique}` };
    const report = await runWithFaults({ env: { KAFKA_ADDR: address, ...topics } });
    console.log(`faults on Kafka: ${JSON.stringify(report)}`);
    expect(report.violations).toEqual([]);
  }),
);

describeReal('kafka_libs', (libs) =>
  test.concurrent('no request fails while Kafka is killed and restarted, and nothing is lost', async () => {
    const server = await createKafkaServer(libs);
    try {
      await server.start();
      const report = await runWithFaults({
        env: { KAFKA_ADDR: server.address },
        async disturb({ page }, write) {
          await waitUntil(async () => ((await page()).length > 0 ? undefined : 'no event has been handled'));
          await Promise.all([write(), server.kill()]);
          await server.start();
        },
      });
      console.log(`faults with a Kafka that is killed: ${JSON.stringify(report)}`);
      expect(report.violations).toEqual([]);
    } finally {
      await server.wipe();
    }
  }),
);

test.concurrent('a process that is killed loses no answered write', async () => {
  await using folder = await temporaryFolder();
  const port = await freePorts(3);
  const env = { HTTP_BIND: `127.0.0.1:${port}`, OPERATOR_BIND: '127.0.0.1:0', DATA_DIR: folder.path };
  const url = (service: number) => `http://127.0.0.1:${port + service}`;
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  let last = '';
  {
    await using killed = new ProgramProcess(main, env);
    await killed.printed(/is running/);
    const order = await fetch(`${url(0)}/v1/order?userId=1`, { method: 'POST' });
    expect(order.status).toBe(201);
    for (let i = 0; i < 20; i++) {
      const answer = await fetch(`${url(1)}/v1/goods?orderId=1`, { method: 'POST' });
      last = ((await answer.json()) as { position: string }).position;
    }
  }
  await using again = new ProgramProcess(main, env);
  await again.printed(/is running/);
  const history = await fetch(`${url(2)}/v1/order-history?threshold=19&at_least=${last}`);
  expect(await history.json()).toMatchObject({ data: [{ id: 1, user_id: 1 }] });
  const more = await fetch(`${url(2)}/v1/order-history?threshold=20`);
  expect(await more.json()).toEqual({ data: [] });
});

test.concurrent('the same check finds a count that forgets where goods were', async () => {
  const bug = new URL('testing/forget-moves.sql', import.meta.url);
  const { violations } = await runWithFaults({ bug, writes: 30 });
  expect(violations).toContainEqual(expect.stringMatching(/^above \d/));
});
