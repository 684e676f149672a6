import { retryForever } from '@meower/shared/async/retry.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import { meowPages } from '@meower/shared/db/meow-pages.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { type LossDetector, type LossReport, UnavailableError } from '@meower/shared/message/capabilities.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { PreparedIndex, SearchRepository } from '@meower/shared/search/search-repository.ts';
import { insertUndeleted, removeDeleted } from './deleted-meows.ts';
import { indexAll } from './index-all.ts';
import { INDEXER_GROUP, INDEXER_TOPICS } from './indexer.ts';

interface IndexKeeperOptions {
  repository: Pick<MeowRepository, 'listMeowsAfter' | 'findDeleted' | 'listDeletedAfter'>;
  broker: LossDetector;
  search: Pick<SearchRepository, 'prepare' | 'findIds' | 'insertMeows' | 'deleteMeows' | 'deleteLeftovers'>;
  logger: Logger;
}

/** Ensures that there is one index, that it holds every meow of the database, and no deleted one. */
interface IndexKeeper {
  /**
   * Checks the index until the signal aborts: at the start, every few seconds, and on `recheck`. Fills it
   * when it is incomplete, when the broker has dropped events before they were indexed, and when it belongs
   * to another database; deletes what interrupted rebuilds have left.
   */
  keep(signal: AbortSignal): Promise<void>;
  /** Checks without waiting for the next time: the index is missing or incomplete. */
  recheck(): void;
}

/** Detects an incomplete index without a search. */
const RECHECK_EVERY_MS = 5_000;
/** The engine changes the state of its cluster for each. */
const CHECKPOINT_EVERY_MS = 30_000;
/** Progress is logged after each of this many copied meows. */
const PROGRESS_EVERY = 100_000;
/** The oldest meows: they were indexed long ago. */
const SAMPLE = 100;

export function createIndexKeeper({ repository, broker, search, logger }: IndexKeeperOptions): IndexKeeper {
  let wake = new AbortController();
  let checkpointDueMs = 0;
  /** The sample that an index lacks although it was filled: the engine refuses these meows. */
  let refusedSample = '';

  /** Undefined while the broker is unavailable: a later call tells the same. */
  const detectLoss = async (since: string | undefined): Promise<LossReport | undefined> => {
    try {
      return await broker.detectLoss(INDEXER_TOPICS, INDEXER_GROUP, since);
    } catch (error) {
      if (error instanceof UnavailableError) return undefined;
      throw error;
    }
  };

  /** Whether the broker has dropped events that were not indexed yet: its limits, or its data is gone. */
  const detectLostEvents = async (index: PreparedIndex) => {
    const report = await detectLoss(index.checkpoint);
    if (!report) return false;
    if (report.lost) {
      logger.warn('the broker has dropped events before they were indexed: the search index is incomplete');
      await index.setComplete(false);
    } else if (performance.now() < checkpointDueMs) return false;
    if (report.checkpoint !== index.checkpoint) await index.setCheckpoint(report.checkpoint);
    checkpointDueMs = performance.now() + CHECKPOINT_EVERY_MS;
    return report.lost;
  };

  /** The ids of the oldest meows if the index has none of them, otherwise the empty string. */
  const missingSample = async (): Promise<string> => {
    const ids = (await repository.listMeowsAfter('', SAMPLE)).map(({ id }) => id);
    return (await search.findIds(ids)).size > 0 ? '' : ids.join();
  };

  /** Whether the index was emptied, or the database replaced, regardless of what the index records. */
  const detectOtherDatabase = async (index: PreparedIndex) => {
    const sample = await missingSample();
    if (sample === '' || sample === refusedSample) return false;
    logger.warn('the search index holds none of the oldest meows: it is incomplete');
    await index.setComplete(false);
    return true;
  };

  const check = async (signal: AbortSignal) => {
    const index = await search.prepare();
    const isWhole = !(await detectLostEvents(index)) && index.complete && !(await detectOtherDatabase(index));
    if (!isWhole) await fillIfIncomplete(signal);
    await search.deleteLeftovers();
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
    if ((await detectLoss(index.checkpoint))?.lost) return; // and filled again
    refusedSample = await missingSample();
    await index.setComplete(true);
    logger.info({ copied }, 'the search index is complete');
  };

  return {
    recheck: () => wake.abort(),
    async keep(signal) {
      const retrying = { what: 'check the search index', logger, signal };
      while (!signal.aborted) {
        wake = new AbortController();
        await retryForever(() => check(signal), retrying);
        await sleep(RECHECK_EVERY_MS, AbortSignal.any([signal, wake.signal]));
      }
    },
  };
}
