import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import type { Meow } from '@meower/shared/schema/meow.ts';
import { earliestId } from '@meower/shared/schema/meow-id.ts';
import type { SearchRepository } from '@meower/shared/search/search-repository.ts';
import { copyMeows } from './copy-meows.ts';

export interface RebuildOptions {
  repository: Pick<MeowRepository, 'listMeowsAfter'>;
  search: Pick<SearchRepository, 'rebuild' | 'insertMeows'>;
  signal: AbortSignal;
  onProgress(copied: number): void;
  onRefused(meow: Meow, reason: string): void;
  now?: () => number;
}

/** Longer than any transaction that inserts meows may take: the database's timeout is far below. */
const MARGIN_MS = 5 * 60_000;

/**
 * Fills a new index from the database while the old one serves, then lets it take over. What is posted meanwhile is indexed into the old one, so
 * everything since shortly before the start is copied once more when the new one has taken over; "shortly", because a meow may become visible later
 * than one with a greater id. Interrupted, it leaves the old index as it was.
 */
export async function rebuildIndex(options: RebuildOptions): Promise<void> {
  const { repository, search, signal, onProgress, onRefused, now = Date.now } = options;
  const tail = earliestId(now() - MARGIN_MS);
  const rebuild = await search.rebuild();
  try {
    const insertMeows = (meows: readonly Meow[]) => rebuild.insertMeows(meows);
    await copyMeows({ repository, insertMeows, signal, after: '', onProgress, onRefused });
  } catch (error) {
    await rebuild.abandon();
    throw error;
  }
  await rebuild.swap();
  const insertMeows = (meows: readonly Meow[]) => search.insertMeows(meows);
  await copyMeows({ repository, insertMeows, signal, after: tail, onRefused: () => undefined });
}
