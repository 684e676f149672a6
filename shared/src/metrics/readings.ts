import { createSingleFlight } from '../async/single-flight.ts';
import type { SqlDatabase } from '../db/sql.ts';
import type { DeadLetters, Lag, LagReader, StorageReader } from '../message/capabilities.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { checkReadiness, type ReadinessCheck } from '../service/readiness.ts';
import type { Reading } from './reading.ts';

/** Several readings of one scrape share one call. */
function shared<T>(read: () => Promise<T>): () => Promise<T> {
  const share = createSingleFlight(read, { maxKeys: 1 });
  return () => share('');
}

/** What `/readyz` reports. */
export function readinessReadings(checks: readonly ReadinessCheck[]): Reading[] {
  const read = shared(() => checkReadiness(checks));
  return [
    {
      type: 'gauge',
      name: 'meower_ready',
      help: 'Whether the process can do its main work',
      read: async () => Number((await read()).ready),
    },
    {
      type: 'gauge',
      name: 'meower_check_ok',
      help: 'Whether a check of readiness succeeds',
      label: 'check',
      read: async () =>
        Object.fromEntries(
          Object.entries((await read()).checks).map(([name, is]) => [name, Number(is === 'ok')]),
        ),
    },
  ];
}

export function outboxReadings(outbox: Pick<Outbox, 'count' | 'oldestAgeS'>): Reading[] {
  return [
    {
      type: 'gauge',
      name: 'meower_outbox_events',
      help: 'Unpublished events in the outbox',
      read: () => outbox.count(),
    },
    {
      type: 'gauge',
      name: 'meower_outbox_oldest_age_seconds',
      help: 'How long the oldest unpublished event has been in the outbox',
      read: () => outbox.oldestAgeS(),
    },
  ];
}

/** `groups`: the topics by name of the group. None for a broker that does not know. */
export function lagReadings(
  broker: Partial<LagReader>,
  groups: Readonly<Record<string, readonly string[]>>,
): Reading[] {
  const { lag } = broker;
  if (!lag) return [];
  const read = shared(() =>
    Promise.all(
      Object.entries(groups).map(async ([group, topics]) => [group, await lag(topics, group)] as const),
    ),
  );
  const values = async (pick: (of: Lag) => number) =>
    Object.fromEntries((await read()).map(([group, of]) => [group, pick(of)]));
  const common = { type: 'gauge', label: 'group' } as const;
  return [
    {
      ...common,
      name: 'meower_consumer_lag_messages',
      help: 'Messages that a group has not settled',
      read: () => values(({ messages }) => messages),
    },
    {
      ...common,
      name: 'meower_consumer_lag_seconds',
      help: 'Since the oldest message was published that a group has not settled',
      read: () => values(({ oldestAgeMs }) => oldestAgeMs / 1000),
    },
  ];
}

export function deadLetterReadings(deadLetters: Pick<DeadLetters, 'count'>): Reading[] {
  return [
    {
      type: 'gauge',
      name: 'meower_dead_letters',
      help: 'Dead letters that wait for a decision',
      read: () => deadLetters.count(),
    },
  ];
}

/** None for a broker that does not know. */
export function storageReadings(broker: Partial<StorageReader>): Reading[] {
  const { storage } = broker;
  if (!storage) return [];
  const read = shared(storage);
  const values = async (pick: (of: { bytes: number; limitBytes: number }) => number) =>
    Object.fromEntries(Object.entries(await read()).map(([stream, of]) => [stream, pick(of)]));
  const common = { type: 'gauge', label: 'stream' } as const;
  return [
    {
      ...common,
      name: 'meower_stream_bytes',
      help: 'Bytes of a stream',
      read: () => values(({ bytes }) => bytes),
    },
    {
      ...common,
      name: 'meower_stream_limit_bytes',
      help: 'Most bytes of a stream',
      read: () => values(({ limitBytes }) => limitBytes),
    },
  ];
}

/** None of a database without a pool. */
export function poolReadings({ connections }: Pick<SqlDatabase, 'connections'>): Reading[] {
  if (!connections) return [];
  return [
    {
      type: 'gauge',
      name: 'meower_postgres_max_connections',
      help: 'Most connections of the pool',
      read: () => connections().max,
    },
    {
      type: 'gauge',
      name: 'meower_postgres_connections',
      help: 'Open connections of the pool',
      label: 'state',
      read() {
        const { open, idle } = connections();
        return { idle, used: open - idle };
      },
    },
    {
      type: 'gauge',
      name: 'meower_postgres_waiting',
      help: 'Callers that wait for a connection of the pool',
      read: () => connections().waiting,
    },
  ];
}
