import { meowPages } from '@meower/shared/db/meow-pages.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { meowCreated, publishMeowsCreated, REPUBLISHED } from '@meower/shared/event/meow-events.ts';
import type { Publisher } from '@meower/shared/message/capabilities.ts';

interface RepublishOptions {
  repository: Pick<MeowRepository, 'listMeowsAfter' | 'outbox'>;
  publisher: Publisher;
  signal: AbortSignal;
  onProgress(published: number): void;
}

/**
 * Publishes the event of every meow in the database, oldest first, marked as republished: the indexer handles
 * them, the pusher does not. The broker stores an id within its dedupe window once, so events that are still
 * in the outbox are left to the relay: republished before, they would not reach the pages. Resolves to the
 * number published.
 */
export async function republish({
  repository,
  publisher,
  signal,
  onProgress,
}: RepublishOptions): Promise<number> {
  let count = 0;
  for await (const meows of meowPages(repository, signal)) {
    // Queried after listing: what is not pending now was published before, and the pages have it.
    const keys = meows.map(({ id }) => id);
    const pending = await repository.outbox.pendingKeys(meowCreated.name, keys);
    const published = meows.filter(({ id }) => !pending.has(id));
    await publishMeowsCreated(publisher, published, { [REPUBLISHED]: 'true' });
    count += published.length;
    onProgress(count);
  }
  return count;
}
