import { retryForever } from '@meower/shared/async/retry.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { SearchRepository } from '@meower/shared/search/search-repository.ts';
import { copyMeows } from './copy-meows.ts';

export interface IndexKeeperOptions {
  repository: Pick<MeowRepository, 'listMeowsAfter'>;
  search: Pick<SearchRepository, 'prepare' | 'count' | 'insertMeows' | 'markComplete'>;
  logger: Logger;
}

/** Sees to it that there is an index and that it holds every meow of the database. */
export interface IndexKeeper {
  /** Whether search finds everything. */
  isComplete(): boolean;
  /** The index is gone: make it again. */
  onIndexMissing(): void;
  /** Prepares the index, and fills it when it was not complete: now, and whenever it goes missing, until the signal aborts. */
  keep(signal: AbortSignal): Promise<void>;
}

/** Progress is logged each time so many meows have been copied. */
const PROGRESS_EVERY = 100_000;

export function createIndexKeeper({ repository, search, logger }: IndexKeeperOptions): IndexKeeper {
  let complete = false;
  let missing = Promise.withResolvers<void>();

  /** Whether the index holds nothing although the database does: somebody has emptied it. */
  const isEmptyOnly = async () =>
    (await search.count()) === 0 && (await repository.listMeowsAfter('', 1)).length > 0;

  const fill = async (signal: AbortSignal) => {
    const { complete: filled } = await search.prepare();
    if (filled && !(await isEmptyOnly())) return;
    logger.info('the search index is not complete, filling it from the database');
    let copiedInAll = 0;
    await copyMeows({
      repository,
      insertMeows: (meows) => search.insertMeows(meows),
      signal,
      after: '',
      onProgress(copied) {
        if (copied > 0 && copied % PROGRESS_EVERY === 0) logger.info({ copied }, 'filling the search index');
        copiedInAll = copied;
      },
      onRefused: ({ id }, reason) =>
        logger.error({ id, reason }, 'cannot be indexed, left out of the search index'),
    });
    await search.markComplete();
    logger.info({ copied: copiedInAll }, 'the search index is complete');
  };

  return {
    isComplete: () => complete,
    onIndexMissing() {
      complete = false;
      missing.resolve();
    },
    async keep(signal) {
      signal.addEventListener('abort', () => missing.resolve(), { once: true });
      while (!signal.aborted) {
        missing = Promise.withResolvers();
        await retryForever(() => fill(signal), { what: 'prepare the search index', logger, signal });
        complete = true;
        await missing.promise;
      }
    },
  };
}
