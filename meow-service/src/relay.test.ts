import type { MeowRepository, MeowToInsert } from '@meower/shared/db/meow-repository.ts';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { createIdGenerator } from '@meower/shared/schema/meow-id.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRelay, type Relay, type RelayOptions } from './relay.ts';

const logger = createLogger('test', 'silent');
const newMeowId = createIdGenerator();
let repository: MeowRepository;
let published: string[];
let brokerIsUp: boolean;
let stop: AbortController;
let sweeping: Promise<void> | undefined;

const insert = async (count: number): Promise<MeowToInsert[]> => {
  const entries = Array.from({ length: count }, () => ({
    meow: { ...newMeowId(), body: 'meow' },
    headers: {},
  }));
  await repository.insertMeows(entries);
  return entries;
};
const relayOf = (options: Partial<RelayOptions> = {}): Relay =>
  createRelay({
    outbox: repository.outbox,
    events: {
      async publishMeowsCreated(entries) {
        if (!brokerIsUp) throw new Error('no broker');
        published.push(...entries.map(({ meow }) => meow.id));
      },
    },
    logger,
    graceMs: 0,
    sweepIntervalMs: 5,
    maxPending: 100,
    ...options,
  });
const startSweeping = (relay: Relay) => {
  sweeping = relay.sweep(stop.signal);
};
const ids = (entries: MeowToInsert[]) => entries.map(({ meow }) => meow.id);

beforeEach(async () => {
  repository = await createPgliteRepository();
  await repository.migrate();
  published = [];
  brokerIsUp = true;
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await sweeping;
  await repository.close();
});

test('what has been committed is published at once, and owed no more', async () => {
  const relay = relayOf();
  const entries = await insert(3);
  relay.offer(entries);
  await relay.idle();
  expect(published).toEqual(ids(entries));
  expect(await repository.outbox.count()).toBe(0);
});

test('what a crash left is found by the sweep, however much it is', async () => {
  const entries = await insert(1203);
  startSweeping(relayOf());
  await vi.waitFor(async () => expect(await repository.outbox.count()).toBe(0));
  expect(published).toEqual(ids(entries));
});

test('while the broker is away nothing is lost, and everything comes when it is back', async () => {
  brokerIsUp = false;
  const relay = relayOf();
  startSweeping(relay);
  const entries = await insert(3);
  relay.offer(entries);
  await relay.idle();
  expect(await repository.outbox.count()).toBe(3);
  brokerIsUp = true;
  await vi.waitFor(async () => expect(await repository.outbox.count()).toBe(0));
  expect(published).toEqual(ids(entries));
});

test('more than may wait in memory is left to the sweep', async () => {
  const relay = relayOf({ maxPending: 2 });
  relay.offer(await insert(3));
  await relay.idle();
  expect(published).toEqual([]);
  expect(await repository.outbox.count()).toBe(3);
});

test('the sweep leaves young entries to the process that wrote them', async () => {
  const relay = relayOf({ graceMs: 60_000 });
  await insert(1);
  const sweepStarted = vi.spyOn(repository.outbox, 'relay');
  startSweeping(relay);
  await vi.waitFor(() => expect(sweepStarted.mock.settledResults.length).toBeGreaterThan(2));
  expect(published).toEqual([]);
});
