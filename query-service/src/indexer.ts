import type { EventStore, MeowCreatedDelivery } from '@meower/shared/event/store.ts';
import type { Logger } from '@meower/shared/lifecycle/logger.ts';
import type { Subscription } from '@meower/shared/message/broker.ts';
import type { Meow } from '@meower/shared/schema/meow.ts';
import {
  IndexMissingError,
  type IndexOutcome,
  type Repository,
  SearchUnavailableError,
} from '@meower/shared/search/repository.ts';

export interface IndexerOptions {
  events: Pick<EventStore, 'consumeMeowCreated'>;
  search: Pick<Repository, 'insertMeows'>;
  logger: Logger;
  /** Called when the index is gone: the events of the past will not come again, so it has to be rebuilt. */
  onIndexMissing(): void;
}

const GROUP = 'indexer';

/**
 * Indexes every meow that is created. All replicas share the work; an event is acknowledged when the engine has confirmed it, so it may
 * be indexed twice (harmless: by id) but is never passed over. When the engine does not answer at all, the whole batch comes again later.
 */
export function startIndexer({
  events,
  search,
  logger,
  onIndexMissing,
}: IndexerOptions): Promise<Subscription> {
  return events.consumeMeowCreated(GROUP, async (batch) => {
    const outcomes = await index(batch.map(({ meow }) => meow));
    await Promise.all(batch.map((delivery, i) => settle(delivery, outcomes[i] as IndexOutcome)));
  });

  /** A request that the engine refuses as a whole is tried meow by meow, so that one which it cannot take harms no other. */
  async function index(meows: readonly Meow[]): Promise<IndexOutcome[]> {
    try {
      return await search.insertMeows(meows);
    } catch (error) {
      if (error instanceof IndexMissingError) onIndexMissing();
      if (error instanceof SearchUnavailableError) throw error;
      if (meows.length === 1) return [{ status: 'refused', reason: String(error) }];
      const outcomes: IndexOutcome[] = [];
      for (const meow of meows) outcomes.push(...(await index([meow])));
      return outcomes;
    }
  }

  async function settle(delivery: MeowCreatedDelivery, outcome: IndexOutcome): Promise<void> {
    const { meow, seq, attempt } = delivery;
    switch (outcome.status) {
      case 'indexed':
        return delivery.ack();
      case 'busy':
        logger.warn({ id: meow.id, seq, attempt, reason: outcome.reason }, 'not indexed yet, trying again');
        return delivery.nack();
      case 'refused':
        logger.error({ id: meow.id, seq, reason: outcome.reason }, 'cannot be indexed, now a dead letter');
        return delivery.reject(outcome.reason);
    }
  }
}
