import type { SqlDatabase } from '../../db/sql.ts';
import type { BatchHandler, ConsumeOptions, Subscription } from '../capabilities.ts';
import { CONSUME_DEFAULTS } from '../common/defaults.ts';
import { handleBatch } from '../common/handle-batch.ts';
import { type Claim, claimBatch, type Nothing } from './claim.ts';
import { HeldBatch, type HeldBatchContext } from './held-batch.ts';
import type { WakeUp } from './wake-ups.ts';

export interface MemberContext extends HeldBatchContext {
  db: SqlDatabase;
  wakeUp: WakeUp;
}

/** One member of a group: takes batches and has them handled until it is closed. */
export function startMember(
  context: MemberContext,
  handler: BatchHandler,
  options: ConsumeOptions = {},
): Subscription {
  const { db, group, topics, wakeUp, settings } = context;
  const { maxBatch, maxConcurrentBatches, eager } = { ...CONSUME_DEFAULTS, ...options };
  const running = new Set<Promise<void>>();
  let isClosed = false;
  let isLeft = false;

  const claim = async (onlyFull: boolean): Promise<Claim | Nothing> => {
    try {
      return await claimBatch(db, { group, topics, maxBatch, onlyFull }, settings);
    } catch (err) {
      const nextDueMs = settings.retryDelayMs;
      settings.logger.warn({ err, group, retryInMs: nextDueMs }, 'could not take messages, trying again');
      return { nextDueMs };
    }
  };

  const handle = async (batch: HeldBatch) => {
    const { handlerTimeoutMs: timeoutMs, logger } = settings;
    if (isClosed) batch.release();
    else await handleBatch(batch.deliveries, handler, { timeoutMs, revoked: batch.revoked, logger });
    await batch.ended;
  };

  const start = (claimed: Claim) => {
    const handling = handle(new HeldBatch(claimed, context)).finally(() => {
      running.delete(handling);
      if (isLeft) wakeUp.set();
    });
    running.add(handling);
  };

  const takeBatches = async () => {
    while (!isClosed) {
      if (running.size >= maxConcurrentBatches) {
        await Promise.race(running);
        continue;
      }
      wakeUp.clear();
      const isPartial = eager || running.size === 0;
      const taken = await claim(!isPartial);
      if (taken.claimed) start(taken);
      // What is left, because it would not fill another batch, is taken when a running one has ended.
      isLeft = !isPartial && !taken.claimed;
      if (taken.claimed && !taken.isDrained) continue;
      await wakeUp.wait(Math.max(1, Math.min(taken.nextDueMs, settings.pollIntervalMs)));
    }
  };
  const taking = takeBatches();

  return {
    async close() {
      isClosed = true;
      wakeUp.set();
      await taking;
      await Promise.all(running);
    },
  };
}
