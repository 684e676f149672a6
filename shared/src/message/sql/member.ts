import type { SqlDatabase } from '../../db/sql.ts';
import type { BatchHandler, ConsumeOptions, Subscription } from '../capabilities.ts';
import { CONSUME_DEFAULTS } from '../common/defaults.ts';
import { handleBatch } from '../common/handle-batch.ts';
import { type Claim, claimBatch, type Nothing } from './claim.ts';
import { HeldBatch } from './held-batch.ts';
import type { RejectedMessages } from './rejected-messages.ts';
import type { SqlBrokerSettings } from './settings.ts';
import type { WakeUp } from './wake-ups.ts';

export interface MemberContext {
  db: SqlDatabase;
  group: string;
  topics: readonly string[];
  wakeUp: WakeUp;
  rejected: RejectedMessages;
  settings: SqlBrokerSettings;
}

/** One member of a group: takes batches and has them handled until it is closed. */
export class SqlMember implements Subscription {
  readonly #context: MemberContext;
  readonly #handler: BatchHandler;
  readonly #options: Required<ConsumeOptions>;
  readonly #running = new Set<Promise<void>>();
  readonly #loop: Promise<void>;
  #isClosed = false;
  #isLeft = false;

  constructor(context: MemberContext, handler: BatchHandler, options: ConsumeOptions = {}) {
    this.#context = context;
    this.#handler = handler;
    this.#options = { ...CONSUME_DEFAULTS, ...options };
    this.#loop = this.#takeBatches();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#context.wakeUp.set();
    await this.#loop;
    await Promise.all(this.#running);
  }

  async #takeBatches(): Promise<void> {
    const { wakeUp, settings } = this.#context;
    const { maxConcurrentBatches, eager } = this.#options;
    while (!this.#isClosed) {
      if (this.#running.size >= maxConcurrentBatches) {
        await Promise.race(this.#running);
        continue;
      }
      wakeUp.clear();
      const isPartial = eager || this.#running.size === 0;
      const claim = await this.#claim(!isPartial);
      if (claim.claimed) this.#start(claim);
      // What is left, because it would not fill another batch, is taken when a running one has ended.
      this.#isLeft = !isPartial && !claim.claimed;
      if (claim.claimed && !claim.isDrained) continue;
      await wakeUp.wait(Math.max(1, Math.min(claim.nextDueMs, settings.pollIntervalMs)));
    }
  }

  async #claim(onlyFull: boolean): Promise<Claim | Nothing> {
    const { db, group, topics, settings } = this.#context;
    const { maxBatch } = this.#options;
    try {
      return await claimBatch(db, { group, topics, maxBatch, onlyFull }, settings);
    } catch (err) {
      const nextDueMs = settings.retryDelayMs;
      settings.logger.warn({ err, group, retryInMs: nextDueMs }, 'could not take messages, trying again');
      return { nextDueMs };
    }
  }

  #start(claim: Claim): void {
    const batch = new HeldBatch(claim, this.#context);
    const running = this.#handle(batch).finally(() => {
      this.#running.delete(running);
      if (this.#isLeft) this.#context.wakeUp.set();
    });
    this.#running.add(running);
  }

  async #handle(batch: HeldBatch): Promise<void> {
    const { handlerTimeoutMs, logger } = this.#context.settings;
    if (this.#isClosed) batch.release();
    else {
      const { revoked, deliveries } = batch;
      await handleBatch(deliveries, this.#handler, { timeoutMs: handlerTimeoutMs, revoked, logger });
    }
    await batch.ended;
  }
}
