import { createBatcher } from '@meower/shared/async/batcher.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import type { MeowToInsert, Outbox } from '@meower/shared/db/meow-repository.ts';
import type { EventStore } from '@meower/shared/event/store.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { createOutboxCleanup } from './delete-published.ts';

export interface RelayOptions {
  outbox: Outbox;
  events: Pick<EventStore, 'publishMeowsCreated'>;
  logger: Logger;
  /** How long an entry is left to the process that wrote it before the sweep takes it, in milliseconds. */
  graceMs: number;
  /** Pause between two sweeps, in milliseconds. */
  sweepIntervalMs: number;
  /** Most events that wait for the broker's confirmation in memory; beyond that they are left to the sweep. */
  maxPending: number;
}

/** Brings what the outbox owes to the broker. */
export interface Relay {
  /** Publishes what has just been committed. Never blocks, never fails: what does not get through now is left to the sweep. */
  offer(entries: readonly MeowToInsert[]): void;
  /** Publishes what crashes and absent brokers left in the table, again and again until the signal aborts. */
  sweep(signal: AbortSignal): Promise<void>;
  /** Resolves when everything offered is confirmed or left to the sweep. */
  idle(): Promise<void>;
}

const SWEEP_BATCH = 500;
/** A message alone costs the broker ten times its share of a bunch, and this process as much; posts slower than this wait for nothing. */
const PUBLISH_COOLDOWN_MS = 4;
const CLEANUP_COOLDOWN_MS = 50;
const VACUUM_EVERY = 20_000;

/**
 * Two ways lead from the outbox to the broker. What this process has just committed it publishes from memory, and
 * removes the entries once the broker has confirmed. What was left behind is found by a sweep over the table, which several
 * processes share. Where the two meet, or a confirmation is lost, an event is published twice; its message id is the meow's, so the
 * broker stores it once.
 */
export function createRelay(options: RelayOptions): Relay {
  const { outbox, events, logger, graceMs, sweepIntervalMs, maxPending } = options;
  const underWay = new Set<Promise<void>>();
  let pending = 0;
  let failing = false;

  const remove = createOutboxCleanup({
    outbox,
    logger,
    maxWaiting: maxPending,
    cooldownMs: CLEANUP_COOLDOWN_MS,
    vacuumEvery: VACUUM_EVERY,
  });

  /** One line when it begins, not one for each commit. */
  const report = (error: unknown) => {
    if (!failing) logger.warn({ err: error }, 'events are not confirmed, the sweep will publish them');
    failing = true;
  };

  const publish = async (entries: readonly MeowToInsert[]) => {
    try {
      await events.publishMeowsCreated(entries);
      await remove(entries.map(({ meow }) => meow.id));
      failing = false;
    } catch (error) {
      report(error);
    }
  };

  const publisher = createBatcher<readonly MeowToInsert[]>(
    async (commits) => {
      const entries = commits.flat();
      const publishing = publish(entries).finally(() => {
        pending -= entries.length;
        underWay.delete(publishing);
      });
      underWay.add(publishing);
    },
    { maxBatch: maxPending, concurrency: 1, maxWaiting: maxPending, cooldownMs: PUBLISH_COOLDOWN_MS },
  );

  const sweepOnce = async (signal: AbortSignal) => {
    let relayed = SWEEP_BATCH;
    while (relayed === SWEEP_BATCH && !signal.aborted) {
      relayed = await outbox.relay({ take: SWEEP_BATCH, olderThanMs: graceMs }, (entries) =>
        events.publishMeowsCreated(entries),
      );
      if (relayed > 0) logger.info({ events: relayed }, 'published events that were left in the outbox');
    }
  };

  return {
    offer(entries) {
      if (pending + entries.length > maxPending) return;
      pending += entries.length;
      // Never refused: fewer wait than are pending.
      void publisher.add(entries);
    },
    async sweep(signal) {
      while (!signal.aborted) {
        await sweepOnce(signal).catch((error: unknown) => {
          logger.warn({ err: error, retryInMs: sweepIntervalMs }, 'could not sweep the outbox, trying again');
        });
        await sleep(sweepIntervalMs, signal);
      }
    },
    async idle() {
      await publisher.idle();
      await Promise.all(underWay);
    },
  };
}
