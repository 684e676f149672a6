import type { Meow } from '../meow/meow.ts';
import type { SearchRepository } from '../search/search-repository.ts';
import type { MeowRepository } from './meow-repository.ts';

/** Every meow, oldest first, in pages of at most 1000. Throws the signal's reason when it aborts. */
export function meowPages(
  repository: Pick<MeowRepository, 'listMeowsAfter'>,
  signal: AbortSignal,
): AsyncGenerator<Meow[], void> {
  return pages(repository.listMeowsAfter, ({ id }) => id, 1000, signal);
}

/**
 * The ids of all deleted meows, ascending, in pages of at most 10,000. Throws the signal's reason when it
 * aborts.
 */
export function deletedIdPages(
  repository: Pick<MeowRepository, 'listDeletedAfter'>,
  signal: AbortSignal,
): AsyncGenerator<string[], void> {
  return pages(repository.listDeletedAfter, String, 10_000, signal);
}

/** The ids of all meows in the search index, ascending, in pages of at most 1000. Throws as the others. */
export function indexedIdPages(
  search: Pick<SearchRepository, 'listIdsAfter'>,
  signal: AbortSignal,
): AsyncGenerator<string[], void> {
  return pages(search.listIdsAfter, String, 1000, signal);
}

async function* pages<T>(
  listAfter: (id: string, take: number) => Promise<T[]>,
  idOf: (item: T) => string,
  take: number,
  signal: AbortSignal,
): AsyncGenerator<T[], void> {
  for (let last: T | undefined, isLast = false; !isLast; ) {
    signal.throwIfAborted();
    const page = await listAfter(last === undefined ? '' : idOf(last), take);
    if (page.length > 0) yield page;
    isLast = page.length < take;
    last = page.at(-1);
  }
}
