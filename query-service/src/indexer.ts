import type { EventStore, MeowCreatedDelivery } from '@meower/shared/event/store.ts';
import type { Logger } from '@meower/shared/lifecycle/logger.ts';
import type { Subscription } from '@meower/shared/message/broker.ts';
import { IndexMissingError, type IndexOutcome, type Repository } from '@meower/shared/search/repository.ts';

export interface IndexerOptions {
  events: Pick<EventStore, 'consumeMeowCreated'>;
  search: Pick<Repository, 'insertMeows'>;
  logger: Logger;
  /** Called when the index is gone: the events of the past will not come again, so it has to be rebuilt. */
  onIndexMissing(): void;
}

const GROUP = 'indexer';
const MAX_DELAY_MS = 30_000;

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
    const outcomes = await search.insertMeows(batch.map(({ meow }) => meow)).catch((error: unknown) => {
      if (error instanceof IndexMissingError) onIndexMissing();
      throw error;
    });
    await Promise.all(batch.map((delivery, i) => settle(delivery, outcomes[i] as IndexOutcome)));
  });

  async function settle(delivery: MeowCreatedDelivery, outcome: IndexOutcome): Promise<void> {
    const { meow, seq, attempt } = delivery;
    switch (outcome.status) {
      case 'indexed':
        return delivery.ack();
      case 'busy':
        logger.warn({ id: meow.id, seq, attempt, reason: outcome.reason }, 'not indexed yet, trying again');
        return delivery.nack(Math.min(100 * 2 ** attempt, MAX_DELAY_MS));
      case 'refused':
        logger.error({ id: meow.id, seq, reason: outcome.reason }, 'cannot be indexed, now a dead letter');
        return delivery.reject(outcome.reason);
    }
  }
}
