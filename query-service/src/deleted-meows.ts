import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { type SearchRepository, SearchUnavailableError } from '@meower/shared/search/search-repository.ts';

const PAGE = 10_000;

/**
 * As `SearchRepository.insertMeows`, but deleted meows stay deleted in any order of events: after the insert,
 * those that are marked as deleted are deleted again. A deletion that commits later has its event later too.
 * Rejects with
 * `SearchUnavailableError` also when the database cannot be asked.
 */
export function insertUndeleted(
  repository: Pick<MeowRepository, 'findDeleted'>,
  search: Pick<SearchRepository, 'insertMeows' | 'deleteMeows'>,
): SearchRepository['insertMeows'] {
  return async (meows) => {
    const outcomes = await search.insertMeows(meows);
    const deleted = await repository.findDeleted(meows.map(({ id }) => id)).catch((cause: unknown) => {
      throw new SearchUnavailableError('could not query which meows are deleted', { cause });
    });
    if (deleted.size > 0) await search.deleteMeows([...deleted]);
    return outcomes;
  };
}

/** Deletes from the index everything that was ever deleted: for an index that was copied from another one. */
export async function removeDeleted(
  repository: Pick<MeowRepository, 'listDeletedAfter'>,
  search: Pick<SearchRepository, 'deleteMeows'>,
  signal: AbortSignal,
): Promise<void> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    signal.throwIfAborted();
    const ids = await repository.listDeletedAfter(after, PAGE);
    await search.deleteMeows(ids);
    after = ids.length < PAGE ? undefined : ids.at(-1);
  }
}
