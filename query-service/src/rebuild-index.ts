import { meowPages } from '@meower/shared/db/meow-pages.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import type { SearchRepository } from '@meower/shared/search/search-repository.ts';
import { removeDeleted } from './deleted-meows.ts';
import { type IndexAllOptions, indexAll } from './index-all.ts';

interface RebuildIndexOptions extends Omit<IndexAllOptions, 'insertMeows'> {
  repository: Pick<MeowRepository, 'listMeowsAfter' | 'listDeletedAfter'>;
  search: Pick<SearchRepository, 'rebuild' | 'deleteMeows'>;
  onProgress(copied: number): void;
}

/**
 * Fills a new index from the database while the old one is in use, then lets it take over, with what has been
 * indexed into the old one meanwhile. Interrupted before that, it leaves the old index as it was. A deletion
 * that ran meanwhile may have missed a copy of its meow, so the new index is complete only after all deleted
 * meows are removed from it.
 */
export async function rebuildIndex({
  repository,
  search,
  onProgress,
  ...options
}: RebuildIndexOptions): Promise<void> {
  const rebuild = await search.rebuild();
  try {
    let copied = 0;
    for await (const meows of meowPages(repository, options.signal)) {
      await indexAll(meows, { ...options, insertMeows: rebuild.insertMeows });
      copied += meows.length;
      onProgress(copied);
    }
  } catch (error) {
    await rebuild.abandon();
    throw error;
  }
  await rebuild.swap(() => removeDeleted(repository, search, options.signal));
}
