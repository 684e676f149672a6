import { retryForever } from '@meower/shared/async/retry.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import { meowPages } from '@meower/shared/db/meow-pages.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { SearchRepository } from '@meower/shared/search/search-repository.ts';
import { insertUndeleted, removeDeleted } from './deleted-meows.ts';
import { indexAll } from './index-all.ts';

interface IndexKeeperOptions {
  repository: Pick<MeowRepository, 'listMeowsAfter' | 'findDeleted' | 'listDeletedAfter'>;
  search: Pick<SearchRepository, 'prepare' | 'count' | 'insertMeows' | 'deleteMeows' | 'deleteLeftovers'>;
  logger: Logger;
}

/** Ensures that there is one index, that it holds every meow of the database, and no deleted one. */
interface IndexKeeper {
  /**
   * Checks the index until the signal aborts: at the start, every few seconds, and on `recheck`. Fills it
   * when it is incomplete, and deletes what interrupted rebuilds have left.
   */
  keep(signal: AbortSignal): Promise<void>;
  /** Checks without waiting for the next time: the index is missing or incomplete. */
  recheck(): void;
}

/** Detects an incomplete index without a search. */
const RECHECK_EVERY_MS = 5_000;
/** Progress is logged after each of this many copied meows. */
const PROGRESS_EVERY = 100_000;

export function createIndexKeeper({ repository, search, logger }: IndexKeeperOptions): IndexKeeper {
  let wake = new AbortController();

  /** An index that holds nothing although the database does was emptied, whatever it records. */
  const detectEmptied = async () => {
    const index = await search.prepare();
    if (!index.complete || (await search.count()) > 0) return;
    if ((await repository.listMeowsAfter('', 1)).length > 0) await index.setComplete(false);
  };

  const fillIfIncomplete = async (signal: AbortSignal) => {
    const index = await search.prepare();
    if (index.complete) return;
    logger.info('the search index is incomplete, filling it from the database');
    // An interrupted rebuild may have put it in use before it has removed what was deleted meanwhile.
    await removeDeleted(repository, search, signal);
    let copied = 0;
    for await (const meows of meowPages(repository, signal)) {
      // Another replica fills it as well, or a rebuild was about to complete it.
      if ((await search.prepare()).complete) return;
      await indexAll(meows, {
        insertMeows: insertUndeleted({ repository, search }),
        signal,
        onRefused: ({ id }, reason) =>
          logger.error({ id, reason }, 'cannot be indexed, left out of the search index'),
        onBusy: (waiting, reason, retryInMs) =>
          logger.warn({ meows: waiting, reason, retryInMs }, 'the search engine is busy, trying again'),
      });
      copied += meows.length;
      if (copied % PROGRESS_EVERY === 0) logger.info({ copied }, 'filling the search index');
    }
    await index.setComplete(true);
    logger.info({ copied }, 'the search index is complete');
  };

  return {
    recheck: () => wake.abort(),
    async keep(signal) {
      const retrying = { what: 'check the search index', logger, signal };
      await retryForever(detectEmptied, retrying);
      while (!signal.aborted) {
        wake = new AbortController();
        await retryForever(() => fillIfIncomplete(signal), retrying);
        await retryForever(() => search.deleteLeftovers(), retrying);
        await sleep(RECHECK_EVERY_MS, AbortSignal.any([signal, wake.signal]));
      }
    },
  };
}
