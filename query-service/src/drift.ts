import { indexedIdPages, meowPages } from '@meower/shared/db/meow-pages.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import type { Meow } from '@meower/shared/meow/meow.ts';
import type { SearchRepository } from '@meower/shared/search/search-repository.ts';

interface DriftOptions {
  repository: Pick<MeowRepository, 'listMeowsAfter' | 'findIds'>;
  search: Pick<SearchRepository, 'refresh' | 'findIds' | 'listIdsAfter'>;
  signal: AbortSignal;
  onProgress(compared: number): void;
  /** The meows of one page of the database that the index lacks. */
  onMissing(meows: readonly Meow[]): Promise<void>;
  /** Ids of one page of the index that the database lacks: a backup was restored, or a deletion lost. */
  onSurplus(ids: readonly string[]): Promise<void>;
}

interface Drift {
  /** Meows in the database. */
  compared: number;
  /** Of these, not in the index. */
  missing: number;
  /** In the index, but not in the database. */
  surplus: number;
}

/** Compares the database with the index, by id. Meows posted while it runs may be counted as missing. */
export async function findDrift(options: DriftOptions): Promise<Drift> {
  const { repository, search, signal, onProgress, onMissing, onSurplus } = options;
  await search.refresh();
  let [compared, missing, surplus] = [0, 0, 0];
  for await (const meows of meowPages(repository, signal)) {
    const indexed = await search.findIds(meows.map(({ id }) => id));
    const notIndexed = meows.filter(({ id }) => !indexed.has(id));
    if (notIndexed.length > 0) await onMissing(notIndexed);
    missing += notIndexed.length;
    compared += meows.length;
    onProgress(compared);
  }
  for await (const ids of indexedIdPages(search, signal)) {
    const known = await repository.findIds(ids);
    const unknown = ids.filter((id) => !known.has(id));
    if (unknown.length > 0) await onSurplus(unknown);
    surplus += unknown.length;
  }
  return { compared, missing, surplus };
}
