import { runForRow, type SqlSession } from '../../db/sql.ts';
import { OpenDelivery, redeliveryDelayMs } from '../common/open-delivery.ts';
import { type Claim, type Claimed, columnsOf } from './claim.ts';
import type { StoreRejected } from './rejected-messages.ts';
import type { SqlBrokerSettings } from './settings.ts';
import { settleStatements } from './settle-statements.ts';

/** A nack is stored after this time, together with others, when the batch is not settled earlier. */
const NACK_LINGER_MS = 50;

interface Nacked extends Claimed {
  dueAtMs: number;
}

export interface HeldBatchContext {
  db: SqlSession;
  group: string;
  topics: readonly string[];
  storeRejected: StoreRejected;
  settings: SqlBrokerSettings;
}

/**
 * A batch that this member holds: extends its lease, and stores what was settled. Acks are stored with the
 * last message of the batch or the next extension, nacks soon.
 */
export class HeldBatch {
  readonly deliveries: OpenDelivery[];
  readonly #id: string;
  readonly #context: HeldBatchContext;
  readonly #open: Set<Claimed>;
  readonly #ended = Promise.withResolvers<void>();
  /** Aborts when the lease has ended: other members get the messages. */
  readonly revoked = new AbortController();
  /** Resolves when all is settled and stored, or the lease has ended. */
  readonly ended = this.#ended.promise;
  readonly #extending: NodeJS.Timeout;
  #nacked: Nacked[] = [];
  #lingering: NodeJS.Timeout | undefined;
  #isStoring = false;
  #hasEnded = false;
  #leaseEndsMs: number;

  constructor({ batchId, claimed }: Claim, context: HeldBatchContext) {
    const { leaseMs } = context.settings;
    this.#id = batchId;
    this.#context = context;
    this.#open = new Set(claimed);
    this.#leaseEndsMs = performance.now() + leaseMs;
    this.#extending = setInterval(() => this.#store(), leaseMs / 3);
    this.deliveries = claimed.map(
      (one) =>
        new OpenDelivery(one.message, one.attempt, {
          ack: () => this.#settle(one),
          nack: (delayMs) => this.#nack(one, delayMs),
          reject: async (reason) => {
            const isStored = await context.storeRejected({ ...one, group: context.group, reason });
            if (isStored) this.#settle(one);
            else this.#nack(one, redeliveryDelayMs(one.attempt));
            return isStored;
          },
        }),
    );
  }

  /** Gives everything back as if it had not been delivered. */
  release(): void {
    for (const one of [...this.#open]) this.#nack(one, 0, one.attempt - 1);
  }

  #settle(one: Claimed): void {
    this.#open.delete(one);
    if (this.#open.size === 0) this.#store();
  }

  #nack(one: Claimed, delayMs: number, attempt = one.attempt): void {
    this.#nacked.push({ message: one.message, attempt, dueAtMs: performance.now() + delayMs });
    this.#storeAfter(NACK_LINGER_MS);
    this.#settle(one);
  }

  #storeAfter(ms: number): void {
    this.#lingering ??= setTimeout(() => this.#store(), ms);
  }

  #store(): void {
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    if (this.#hasEnded || this.#isStoring) return;
    this.#isStoring = true;
    void this.#storeSettled().then((isStored) => {
      this.#isStoring = false;
      if (this.#hasEnded) return;
      const isLeft = this.#nacked.length > 0 || this.#open.size === 0;
      if (isLeft) this.#storeAfter(isStored ? 0 : this.#context.settings.retryDelayMs);
    });
  }

  /** Resolves to whether the database took it. What is settled meanwhile is left for the next call. */
  async #storeSettled(): Promise<boolean> {
    const { db, topics, group, settings } = this.#context;
    const nacked = this.#nacked.splice(0);
    const open = [...this.#open];
    const startedAtMs = performance.now();
    const settled = [
      this.#id,
      ...columnsOf(nacked.map(({ message }) => message)),
      nacked.map(({ attempt }) => attempt),
      nacked.map(({ dueAtMs }) => Math.max(0, dueAtMs - startedAtMs)),
      topics,
    ];
    const left = [...columnsOf(open.map(({ message }) => message)), open.map(({ attempt }) => attempt)];
    try {
      const { held } =
        open.length === 0
          ? await runForRow(db, settleStatements.end, settled)
          : await runForRow(db, settleStatements.keep, [...settled, ...left, settings.leaseMs]);
      if (held === 0) this.#lose();
      else if (open.length === 0) this.#end();
      this.#leaseEndsMs = startedAtMs + settings.leaseMs;
      return true;
    } catch (err) {
      this.#nacked.unshift(...nacked);
      settings.logger.warn({ err, group }, 'could not store what a member settled, trying again');
      if (performance.now() > this.#leaseEndsMs) this.#lose();
      return false;
    }
  }

  #lose(): void {
    const { settings, group } = this.#context;
    settings.logger.error(
      { group, messages: this.#open.size },
      'a lease has ended: the messages are redelivered',
    );
    this.revoked.abort(new Error('the lease of the batch has ended'));
    this.#end();
  }

  #end(): void {
    this.#hasEnded = true;
    clearInterval(this.#extending);
    clearTimeout(this.#lingering);
    this.#ended.resolve();
  }
}
