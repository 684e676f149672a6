import { createBatcher } from '../async/batcher.ts';
import { createPeriodicTask } from '../async/periodic-task.ts';
import type { OutgoingEvent } from '../event/define-event.ts';
import type { Publisher } from '../message/capabilities.ts';
import type { Logger } from '../process/logger.ts';
import { createOutboxCleanup } from './cleanup.ts';
import type { Outbox, OutboxEntry } from './outbox.ts';

export interface RelayOptions {
  outbox: Pick<Outbox, 'relay' | 'deletePublished' | 'vacuum'>;
  publisher: Publisher;
  logger: Logger;
  /** Pause between two sweeps, in milliseconds. */
  sweepIntervalMs: number;
  /** Most offered events that may be unconfirmed; more are left to the sweep. */
  maxPending: number;
}

/** Publishes the events of the outbox and deletes them. */
export interface Relay {
  /**
   * Publishes what has just been committed, without reading it again. For entries that are not due yet, and
   * whose key has no earlier unpublished event. Never blocks, never fails: what is not confirmed is left to
   * the sweep.
   */
  offer(entries: readonly OutboxEntry[]): void;
  /** Publishes due entries repeatedly until the signal aborts. */
  sweep(signal: AbortSignal): Promise<void>;
  /** Starts the next sweep now: call it after a commit with due entries. */
  wake(): void;
  /** Resolves when everything offered is confirmed or left to the sweep. */
  idle(): Promise<void>;
}

const SWEEP_BATCH = 500;
/** A single message costs the broker, and this process, ten times its share of a batch. */
const PUBLISH_COOLDOWN_MS = 4;
const CLEANUP_COOLDOWN_MS = 50;
const VACUUM_EVERY = 20_000;

/**
 * Two ways lead from the outbox to the broker. A sweep over the table, run by one process at a time,
 * publishes in order everything that is due. Events with a key of their own (a creation) may be published from
 * memory by the process that has just committed them, and become due for the sweep when that has not
 * succeeded in time. Where both publish the same event, its message id lets the broker store it once.
 */
export function createRelay(options: RelayOptions): Relay {
  const { outbox, publisher, logger, sweepIntervalMs, maxPending } = options;
  const inFlight = new Set<Promise<void>>();
  let pending = 0;
  let failing = false;

  const deletePublished = createOutboxCleanup({
    outbox,
    logger,
    maxWaiting: maxPending,
    cooldownMs: CLEANUP_COOLDOWN_MS,
    vacuumEvery: VACUUM_EVERY,
  });

  /** Logs when failures begin, not for each commit. */
  const report = (error: unknown) => {
    if (!failing) logger.warn({ err: error }, 'events are not confirmed, the sweep will publish them');
    failing = true;
  };

  const publish = async (entries: readonly OutboxEntry[]) => {
    try {
      await publishInOrder(publisher, entries);
      await deletePublished(entries);
      failing = false;
    } catch (error) {
      report(error);
    }
  };

  const offered = createBatcher<readonly OutboxEntry[]>(
    async (commits) => {
      const entries = commits.flat();
      const publishing = publish(entries).finally(() => {
        pending -= entries.length;
        inFlight.delete(publishing);
      });
      inFlight.add(publishing);
    },
    { maxBatch: maxPending, concurrency: 1, maxWaiting: maxPending, cooldownMs: PUBLISH_COOLDOWN_MS },
  );

  const sweeping = createPeriodicTask(
    async (signal) => {
      let relayed = SWEEP_BATCH;
      while (relayed > 0 && !signal.aborted) {
        relayed = await outbox.relay(SWEEP_BATCH, (entries) => publishInOrder(publisher, entries));
        if (relayed > 0) logger.debug({ events: relayed }, 'published events of the outbox');
      }
    },
    { what: 'sweep the outbox', logger, intervalMs: sweepIntervalMs },
  );

  return {
    offer(entries) {
      if (pending + entries.length > maxPending) return;
      pending += entries.length;
      // Never refused: fewer wait than are pending.
      void offered.add(entries);
    },
    sweep: sweeping.run,
    wake: sweeping.wake,
    async idle() {
      await offered.idle();
      await Promise.all(inFlight);
    },
  };
}

/**
 * Publishes events of several topics, each after those before it that have another topic: an order across
 * topics is kept.
 */
async function publishInOrder(publisher: Publisher, events: readonly OutgoingEvent[]): Promise<void> {
  for (let start = 0; start < events.length; ) {
    const topic = (events[start] as OutgoingEvent).topic;
    const next = events.findIndex((event, i) => i > start && event.topic !== topic);
    const end = next < 0 ? events.length : next;
    await publisher.publish(topic, events.slice(start, end));
    start = end;
  }
}
