import { deletedIdPages } from '@meower/shared/db/meow-pages.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { type SearchRepository, SearchUnavailableError } from '@meower/shared/search/search-repository.ts';

interface RemoveOptions {
  repository: Pick<MeowRepository, 'findDeleted'>;
  search: Pick<SearchRepository, 'deleteMeows'>;
  /** Called with the deleted ones, whose events may have come after the deletion. */
  onDeleted?(ids: ReadonlySet<string>): void;
}

/**
 * Removes those of the meows that are deleted. For what was stored just now: a deletion that commits later
 * has its event later too. Rejects with `SearchUnavailableError` also when the database cannot be asked.
 */
export async function removeIfDeleted(
  ids: readonly string[],
  { repository, search, onDeleted }: RemoveOptions,
): Promise<void> {
  const deleted = await repository.findDeleted(ids).catch((cause: unknown) => {
    throw new SearchUnavailableError('could not query which meows are deleted', { cause });
  });
  if (deleted.size === 0) return;
  await search.deleteMeows([...deleted]);
  onDeleted?.(deleted);
}

interface InsertOptions extends RemoveOptions {
  search: Pick<SearchRepository, 'insertMeows' | 'deleteMeows'>;
}

/**
 * As `SearchRepository.insertMeows`, but deleted meows stay deleted in any order of events. Rejects as
 * `removeIfDeleted`.
 */
export function insertUndeleted(options: InsertOptions): SearchRepository['insertMeows'] {
  return async (meows) => {
    const outcomes = await options.search.insertMeows(meows);
    await removeIfDeleted(
      meows.map(({ id }) => id),
      options,
    );
    return outcomes;
  };
}

/** Deletes from the index everything that was ever deleted: for an index that was copied from another one. */
export async function removeDeleted(
  repository: Pick<MeowRepository, 'listDeletedAfter'>,
  search: Pick<SearchRepository, 'deleteMeows'>,
  signal: AbortSignal,
): Promise<void> {
  for await (const ids of deletedIdPages(repository, signal)) await search.deleteMeows(ids);
}
