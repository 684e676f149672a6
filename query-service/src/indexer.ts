import { backoffMs } from '@meower/shared/async/backoff.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import { consumeEvents, type Received } from '@meower/shared/event/consume-events.ts';
import { logEvents } from '@meower/shared/event/event-log.ts';
import { type MeowEvent, meowCreated, meowDeleted } from '@meower/shared/event/meow-events.ts';
import { type Meow, meowFromJson } from '@meower/shared/meow/meow.ts';
import type { Consumer, Delivery, Subscription } from '@meower/shared/message/capabilities.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import {
  IndexMissingError,
  type IndexOutcome,
  type SearchRepository,
  SearchUnavailableError,
} from '@meower/shared/search/search-repository.ts';
import { traceIdOf } from '@meower/shared/tracing/trace-id.ts';

interface IndexerOptions {
  broker: Consumer;
  search: Pick<SearchRepository, 'insertMeows' | 'deleteMeows'>;
  /** Removes those of the meows that are deleted: called after their dead letters were stored. */
  removeIfDeleted(ids: readonly string[]): Promise<void>;
  logger: Logger;
  /**
   * Called when the index is missing: acknowledged events are not delivered again, so it has to be filled
   * from the database.
   */
  onIndexMissing(): void;
}

type MeowCreated = Received<typeof meowCreated, Delivery>;

export const INDEXER_GROUP = 'indexer';
const EVENTS = [meowCreated, meowDeleted] as const;
export const INDEXER_TOPICS = EVENTS.map(({ name }) => name);
/** With a backlog, the next batch is prepared while the engine indexes one. */
const BATCHES = { maxBatch: 2000, maxConcurrentBatches: 2 };
const PAUSE = { firstMs: 100, longestMs: 5000 };

/**
 * Indexes every meow that is created, and removes those that are deleted. All replicas share the work. An
 * event is acknowledged when the engine has confirmed it, so a meow may be indexed twice (by id, without
 * effect) but none is skipped. When the engine does not respond, the whole batch is redelivered later.
 */
export async function startIndexer(options: IndexerOptions): Promise<Subscription> {
  const { broker, search, logger, onIndexMissing } = options;
  const stop = new AbortController();
  let failures = 0;
  let pausing: Promise<void> | undefined;

  const onBatch = async (batch: readonly MeowEvent<Delivery>[]) => {
    await onCreated(batch.filter((event) => event.name === meowCreated.name));
    const deleted = batch.filter((event) => event.name === meowDeleted.name);
    if (deleted.length > 0) {
      await orPause(() => search.deleteMeows(deleted.map(({ data }) => data.id)));
      logEvents(
        logger,
        deleted.map(({ message }) => message),
        'removed from the index',
      );
    }
  };

  const onCreated = async (batch: readonly MeowCreated[]) => {
    if (batch.length === 0) return;
    const outcomes = await orPause(() => index(batch.map(({ data }) => meowFromJson(data))));
    const indexed: Delivery[] = [];
    const rejected: Promise<void>[] = [];
    const rejectedIds: string[] = [];
    batch.forEach(({ message: delivery, data }, i) => {
      const outcome = outcomes[i] as IndexOutcome; // one for each meow
      if (outcome.status === 'indexed') {
        delivery.ack();
        indexed.push(delivery);
      } else if (outcome.status === 'busy') delivery.nack();
      else {
        rejected.push(reject(delivery, outcome.reason));
        rejectedIds.push(data.id);
      }
    });
    logEvents(logger, indexed, 'indexed');
    await Promise.all(rejected);
    if (rejectedIds.length > 0) await options.removeIfDeleted(rejectedIds);
    const busy = outcomes.filter((outcome) => outcome.status === 'busy');
    if (busy.length > 0)
      logger.warn({ events: busy.length, reason: busy[0]?.reason }, 'not indexed yet, trying again');
  };
  const subscription = await consumeEvents(broker, EVENTS, INDEXER_GROUP, onBatch, BATCHES);

  /**
   * While the engine is unavailable both batches wait, so no more events are fetched: they stay in the
   * broker, and the log stays short.
   */
  async function orPause<T>(request: () => Promise<T>): Promise<T> {
    try {
      const response = await request();
      failures = 0;
      return response;
    } catch (error) {
      if (error instanceof IndexMissingError) onIndexMissing();
      pausing ??= sleep(backoffMs(++failures, PAUSE), stop.signal).finally(() => {
        pausing = undefined;
      });
      await pausing;
      throw error;
    }
  }

  /**
   * Sends the meows of a rejected request one by one: the engine accepts the others if it rejects one of
   * them.
   */
  async function index(meows: readonly Meow[]): Promise<IndexOutcome[]> {
    try {
      return await search.insertMeows(meows);
    } catch (error) {
      if (error instanceof SearchUnavailableError) throw error;
      if (meows.length === 1) return [{ status: 'refused', reason: String(error) }];
      const outcomes: IndexOutcome[] = [];
      for (const meow of meows) outcomes.push(...(await index([meow])));
      return outcomes;
    }
  }

  /** When the dead letter cannot be stored, the broker logs that and the event is redelivered. */
  async function reject(delivery: Delivery, reason: string): Promise<void> {
    if (!(await delivery.reject(reason))) return;
    const { id, position, metadata } = delivery;
    logger.error(
      { id, position, requestId: metadata['x-request-id'], reason, trace_id: traceIdOf(metadata) },
      'cannot be indexed, now a dead letter',
    );
  }

  return {
    close() {
      stop.abort();
      return subscription.close();
    },
  };
}
