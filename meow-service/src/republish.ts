import type { Repository } from '@meower/shared/db/repository.ts';
import { type EventStore, REPUBLISHED } from '@meower/shared/event/store.ts';

export interface RepublishOptions {
  repository: Pick<Repository, 'listMeowsAfter'>;
  events: Pick<EventStore, 'publishMeowsCreated'>;
  signal: AbortSignal;
  onProgress(published: number): void;
}

const PAGE = 1000;

/**
 * Publishes the event of every meow in the database, oldest first, marked as republished: the index takes them in, pages are not told
 * of old meows as if they were new. Those that the broker still remembers it stores once. Resolves to their number.
 */
export async function republish({
  repository,
  events,
  signal,
  onProgress,
}: RepublishOptions): Promise<number> {
  let [after, published] = ['', 0];
  for (;;) {
    signal.throwIfAborted();
    const meows = await repository.listMeowsAfter(after, PAGE);
    await events.publishMeowsCreated(meows.map((meow) => ({ meow, headers: { [REPUBLISHED]: 'true' } })));
    published += meows.length;
    onProgress(published);
    if (meows.length < PAGE) return published;
    after = meows.at(-1)?.id ?? after;
  }
}
