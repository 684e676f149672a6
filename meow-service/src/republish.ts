import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { type EventStore, REPUBLISHED } from '@meower/shared/event/store.ts';

export interface RepublishOptions {
  repository: Pick<MeowRepository, 'listMeowsAfter' | 'outbox'>;
  events: Pick<EventStore, 'publishMeowsCreated'>;
  signal: AbortSignal;
  onProgress(published: number): void;
}

const PAGE = 1000;

/**
 * Publishes the event of every meow in the database, oldest first, marked as republished: the index takes them in, pages are not told
 * of old meows as if they were new. Those that the broker still remembers it stores once. Those that the outbox still owes are left to it: published
 * from here first, the broker would drop the event that tells the pages. Resolves to the number published.
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
    // Asked after listing: what is not owed now was published before, and pages were told of it.
    const pending = await repository.outbox.pending(meows.map(({ id }) => id));
    const told = meows.filter(({ id }) => !pending.has(id));
    await events.publishMeowsCreated(told.map((meow) => ({ meow, headers: { [REPUBLISHED]: 'true' } })));
    published += told.length;
    onProgress(published);
    if (meows.length < PAGE) return published;
    after = meows.at(-1)?.id ?? after;
  }
}
