import type { MeowToInsert } from '@meower/shared/db/meow-repository.ts';
import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import { meowCreated, publishMeowsCreated } from '@meower/shared/event/meow-events.ts';
import { meowToJson } from '@meower/shared/meow/meow.ts';
import type { OutboxEntry } from '@meower/shared/outbox/outbox.ts';
import { createRelay } from '@meower/shared/outbox/relay.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { connect, headers, nuid } from 'nats';
import type { Benchmark } from '../benchmark.ts';
import { connectBroker } from '../load/event-publisher.ts';
import { batches, sampleMeows } from '../load/sample-meows.ts';
import { alternate } from '../rounds.ts';
import { ratioRow } from '../rows.ts';

const EVENTS = 10_000;
const INSERT_BATCH = 1000;
const COMMIT_BATCH = 50;
const IN_FLIGHT = 1024;

/**
 * How many events per second go from the outbox to the stream, and are deleted from the outbox once
 * confirmed?
 */
export const relay: Benchmark = {
  name: 'relay',
  needs: ['postgres', 'nats'],
  async run({ fixtures, rounds, progress }) {
    await using opened = new AsyncDisposableStack();
    const { postgres, nats } = opened.use(await fixtures('postgres', 'nats')).configs;
    if (!postgres || !nats) throw new Error('no database or no stream');
    const repository = createPostgresRepository(postgres, silentLogger);
    opened.defer(() => repository.close());
    const broker = await connectBroker(nats);
    opened.defer(() => broker.close());
    const connection = await connect({ servers: nats.nats.address });
    opened.defer(() => connection.close());

    const throughRelay = async () => {
      const entries = [...sampleMeows(EVENTS)].map((meow): MeowToInsert => ({ meow, headers: {} }));
      const committed: OutboxEntry[] = [];
      for (const batch of batches(entries, INSERT_BATCH)) {
        // Not due for the relay's sweep during the round.
        const inserted = await repository.insertMeows(batch, { dueAfterMs: 60_000 });
        committed.push(...inserted.flatMap(({ event }) => event ?? []));
      }
      const { outbox } = repository;
      const options = { sweepIntervalMs: 1000, maxPending: EVENTS };
      const relay = createRelay({ outbox, publisher: broker, logger: silentLogger, ...options });
      const started = performance.now();
      for (const batch of batches(committed, COMMIT_BATCH)) relay.offer(batch);
      await relay.idle();
      const ms = performance.now() - started;
      const pending = await outbox.count();
      if (pending > 0) throw new Error(`${pending} events are still in the outbox`);
      return { perSecond: (1000 * EVENTS) / ms };
    };

    const throughClient = async () => {
      const js = connection.jetstream();
      const payloads = [...sampleMeows(EVENTS)].map((meow) => JSON.stringify(meowToJson(meow)));
      const started = performance.now();
      let next = 0;
      const publishRemaining = async () => {
        for (let i = next++; i < EVENTS; i = next++) {
          await js.publish(nats.prefix + meowCreated.name, payloads[i] as string, {
            msgID: nuid.next(),
            headers: headers(),
          });
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, publishRemaining));
      return { perSecond: (1000 * EVENTS) / (performance.now() - started) };
    };

    // The first event creates the stream.
    await publishMeowsCreated(broker, [...sampleMeows(1)]);
    const measure = `outbox to stream, ${EVENTS.toLocaleString('en')} events`;
    const contenders = [
      { name: 'relay', round: throughRelay },
      { name: 'nats publish', round: throughClient },
    ];
    const results = await alternate(contenders, { rounds, progress, label: measure });
    const row = { measure, unit: 'events/s', metric: 'perSecond', target: { atLeast: 0.7 } };
    return [ratioRow(results, row, { name: `nats publish, ${IN_FLIGHT} in flight`, contender: 1 })];
  },
};
