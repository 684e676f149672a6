import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import type { Meow } from '@meower/shared/schema/meow.ts';
import type { SearchRepository } from '@meower/shared/search/search-repository.ts';

export interface DriftOptions {
  repository: Pick<MeowRepository, 'listMeowsAfter'>;
  search: Pick<SearchRepository, 'refresh' | 'findIds' | 'count'>;
  signal: AbortSignal;
  onProgress(compared: number): void;
  /** The meows of one page of the database that the index lacks. */
  onMissing(meows: readonly Meow[]): Promise<void>;
}

export interface Drift {
  /** Meows in the database. */
  compared: number;
  /** Of these, not in the index. */
  missing: number;
  /** In the index, but not in the database. */
  surplus: number;
}

const PAGE = 1000;

/** Compares the database with the index, by id. Meows posted while it runs may be counted as missing or surplus. */
export async function findDrift(options: DriftOptions): Promise<Drift> {
  const { repository, search, signal, onProgress, onMissing } = options;
  await search.refresh();
  let [after, compared, missing] = ['', 0, 0];
  for (;;) {
    signal.throwIfAborted();
    const meows = await repository.listMeowsAfter(after, PAGE);
    const there = await search.findIds(meows.map(({ id }) => id));
    const lacking = meows.filter(({ id }) => !there.has(id));
    if (lacking.length > 0) await onMissing(lacking);
    missing += lacking.length;
    compared += meows.length;
    onProgress(compared);
    if (meows.length < PAGE) break;
    after = meows.at(-1)?.id ?? after;
  }
  const surplus = Math.max(0, (await search.count()) - (compared - missing));
  return { compared, missing, surplus };
}
