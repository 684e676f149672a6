import { deletedIdPages, meowPages } from '@meower/shared/db/meow-pages.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import {
  deletedEvent,
  meowCreated,
  meowDeleted,
  publishMeowsCreated,
  REPUBLISHED,
} from '@meower/shared/event/meow-events.ts';
import type { Publisher } from '@meower/shared/message/capabilities.ts';

interface RepublishOptions {
  repository: Pick<MeowRepository, 'listMeowsAfter' | 'listDeletedAfter' | 'outbox'>;
  publisher: Publisher;
  signal: AbortSignal;
  /** `published`: meows. */
  onProgress(published: number): void;
}

/** What was published. */
interface Republished {
  meows: number;
  deletions: number;
}

/**
 * Publishes the event of every meow in the database, oldest first, marked as republished: the indexer handles
 * them, the pusher does not. The broker stores an id within its dedupe window once, so events that are still
 * in the outbox are left to the relay: republished before, they would not reach the pages. Then publishes
 * every deletion, for everyone: those that were lost with the stream have not reached the index or the pages.
 */
export async function republish({
  repository,
  publisher,
  signal,
  onProgress,
}: RepublishOptions): Promise<Republished> {
  const count: Republished = { meows: 0, deletions: 0 };
  for await (const meows of meowPages(repository, signal)) {
    // Queried after listing: what is not pending now was published before, and the pages have it.
    const keys = meows.map(({ id }) => id);
    const pending = await repository.outbox.pendingKeys(meowCreated.name, keys);
    const published = meows.filter(({ id }) => !pending.has(id));
    await publishMeowsCreated(publisher, published, { [REPUBLISHED]: 'true' });
    count.meows += published.length;
    onProgress(count.meows);
  }
  for await (const ids of deletedIdPages(repository, signal)) {
    await publisher.publish(
      meowDeleted.name,
      ids.map((id) => deletedEvent(id, {})),
    );
    count.deletions += ids.length;
  }
  return count;
}
