import type { MeowToInsert } from '@meower/shared/db/meow-repository.ts';
import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import type { OutboxEntry } from '@meower/shared/outbox/outbox.ts';
import { createRelay } from '@meower/shared/outbox/relay.ts';
import { meowToJson } from '@meower/shared/schema/meow.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { connect, headers, nuid } from 'nats';
import type { Question } from '../benchmark.ts';
import { connectEvents } from '../load/event-publisher.ts';
import { someMeows } from '../load/sample-meows.ts';
import { alternate } from '../rounds.ts';
import { ratioRow } from '../rows.ts';

const EVENTS = 10_000;
const IN_FLIGHT = 1024;
const COMMIT = 50;

/** How many events a second go from the outbox to the stream, taken off the outbox when confirmed? */
export const relay: Question = {
  name: 'relay',
  needs: ['postgres', 'nats'],
  async ask({ places, rounds, progress }) {
    await using opened = new AsyncDisposableStack();
    const database = opened.use((await places.database()) ?? null);
    const stream = opened.use((await places.stream()) ?? null);
    if (!database || !stream) throw new Error('no database or no stream');
    const repository = createPostgresRepository(database.config, silentLogger);
    opened.defer(() => repository.close());
    const events = await connectEvents(stream.config);
    opened.defer(() => events.close());
    const connection = await connect({ servers: stream.config.nats.address });
    opened.defer(() => connection.close());

    const viaRelay = async () => {
      const entries = [...someMeows(EVENTS)].map((meow): MeowToInsert => ({ meow, headers: {} }));
      const committed: OutboxEntry[] = [];
      for (let i = 0; i < EVENTS; i += 1000) {
        const inserted = await repository.insertMeows(entries.slice(i, i + 1000), { dueAfterMs: 60_000 });
        committed.push(...inserted.flatMap(({ event }) => event ?? []));
      }
      const options = { sweepIntervalMs: 1000, maxPending: EVENTS };
      const { outbox } = repository;
      const own = createRelay({ outbox, publisher: events, logger: silentLogger, ...options });
      const started = performance.now();
      for (let i = 0; i < EVENTS; i += COMMIT) own.offer(committed.slice(i, i + COMMIT));
      await own.idle();
      const ms = performance.now() - started;
      const left = await repository.outbox.count();
      if (left > 0) throw new Error(`${left} events are still in the outbox`);
      return { perSecond: (1000 * EVENTS) / ms };
    };

    const viaClient = async () => {
      const js = connection.jetstream();
      const payloads = [...someMeows(EVENTS)].map((meow) => JSON.stringify(meowToJson(meow)));
      const started = performance.now();
      let next = 0;
      const publishSome = async () => {
        for (let i = next++; i < EVENTS; i = next++) {
          await js.publish(stream.config.topic, payloads[i] as string, {
            msgID: nuid.next(),
            headers: headers(),
          });
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, publishSome));
      return { perSecond: (1000 * EVENTS) / (performance.now() - started) };
    };

    for (const meow of someMeows(1)) await events.publishMeowCreated(meow);
    const what = `outbox to stream, ${EVENTS.toLocaleString('en')} events`;
    const contenders = [
      { name: 'relay', round: viaRelay },
      { name: 'nats publish', round: viaClient },
    ];
    const measured = await alternate(contenders, { rounds, progress, what });
    const row = {
      question: 'relay',
      measure: what,
      unit: 'events/s',
      of: 'perSecond',
      reach: { atLeast: 0.7 },
    };
    return [ratioRow(measured, row, { name: `nats publish, ${IN_FLIGHT} in flight`, contender: 1 })];
  },
};
