import { randomUUID } from 'node:crypto';
import { abortable } from '@meower/shared/async/abortable.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import type { BatchHandler, ConsumeOptions, StoredMessage } from '@meower/shared/message/capabilities.ts';
import type { DeadLetterAlarm } from '@meower/shared/message/common/dead-letter-alarm.ts';
import { CONSUME_DEFAULTS } from '@meower/shared/message/common/defaults.ts';
import { DelayedCalls } from '@meower/shared/message/common/delayed-calls.ts';
import { MemberQueue } from '@meower/shared/message/common/member-queue.ts';
import { OpenDelivery, redeliveryDelayMs } from '@meower/shared/message/common/open-delivery.ts';
import { repeatUntilAborted } from '@meower/shared/message/common/restart-delay.ts';
import { decode, type Entry } from './codec.ts';
import { openClient, type RedisClient, type RedisConnection } from './connection.ts';
import { RELEASED, type RedisDeadLetters } from './dead-letters.ts';
import { BEGINNING } from './positions.ts';

export interface MemberContext {
  connection: RedisConnection;
  deadLetters: RedisDeadLetters;
  alarm: DeadLetterAlarm;
}

/** A consumer that has had nothing for so long belongs to a process that has crashed. */
const FORGOTTEN_MS = 24 * 3_600_000;
const CLAIM_PAGE = 100;

/** One member of a group: a consumer of its own in the group of each stream. */
export class RedisMember {
  readonly #context: MemberContext;
  readonly #topics: readonly string[];
  readonly #group: string;
  readonly #name = randomUUID();
  readonly #queue: MemberQueue<{ delivery: OpenDelivery }>;
  readonly #maxBatch: number;
  readonly #delayed = new DelayedCalls();
  /** What this member has and has not settled, by topic and id: its attempt. */
  readonly #held = new Map<string, Map<string, number>>();
  readonly #reader: RedisClient;
  #readerId: number | undefined;
  readonly #closing = new AbortController();
  readonly #joined = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  readonly #settling = new Set<Promise<unknown>>();
  /** To be acked in this turn of the event loop. */
  readonly #acked = new Map<string, string[]>();
  #reportedMs = performance.now();
  #reportTimer: NodeJS.Timeout;
  #claimAtMs = 0;
  #wake: () => void = () => {};

  constructor(
    context: MemberContext,
    topics: readonly string[],
    group: string,
    handler: BatchHandler,
    options: ConsumeOptions | undefined,
  ) {
    const { settings } = context.connection;
    this.#context = context;
    this.#topics = topics;
    this.#group = group;
    for (const topic of topics) this.#held.set(topic, new Map());
    const consume = { ...CONSUME_DEFAULTS, ...options };
    this.#maxBatch = consume.maxBatch;
    this.#queue = new MemberQueue(handler, {
      consume,
      handlerTimeoutMs: settings.handlerTimeoutMs,
      logger: settings.logger,
      onRoom: () => this.#wake(),
    });
    // Of its own, because reading blocks.
    this.#reader = openClient(settings);
    this.#reportTimer = setInterval(() => this.#track(this.#report()), settings.ackWaitMs / 3);
    this.#running = this.#repeatSessions();
  }

  /** Resolves once the group exists. Waits while the broker is unavailable. */
  async join(): Promise<void> {
    await abortable(this.#joined.promise, this.#closing.signal);
  }

  async close(): Promise<void> {
    const { settings, client } = this.#context.connection;
    this.#closing.abort(new Error('the subscription is closed'));
    const handled = this.#queue.close(this.#running);
    this.#wake();
    await this.#unblock().catch(() => {}); // the server is unavailable, and the reader is not waiting
    const over = new AbortController();
    await Promise.race([this.#running, sleep(2 * settings.pollIntervalMs, over.signal)]);
    over.abort();
    if (this.#reader.isOpen) this.#reader.destroy();
    await handled;
    this.#delayed.flush();
    clearInterval(this.#reportTimer);
    this.#flushAcks();
    await Promise.all(this.#settling);
    if (client.isReady)
      await this.#leave().catch((err: unknown) => this.#warn(err, 'could not leave the group'));
  }

  async #repeatSessions(): Promise<void> {
    const { longestRetryMs, logger } = this.#context.connection.settings;
    const { signal } = this.#closing;
    const run = async () => {
      for (const topic of this.#topics) await this.#createGroup(topic);
      this.#joined.resolve();
      this.#readerId = await this.#reader.clientId();
      while (!signal.aborted) await this.#take();
    };
    const of = { group: this.#group, topics: this.#topics };
    await repeatUntilAborted(run, { signal, longestRetryMs, logger, of });
  }

  async #createGroup(topic: string): Promise<void> {
    const { connection } = this.#context;
    const key = connection.key(topic);
    await connection.run(async (client) => {
      try {
        await client.xGroupCreate(key, this.#group, BEGINNING, { MKSTREAM: true });
      } catch (error) {
        if (!(error as Error).message.startsWith('BUSYGROUP')) throw error; // it exists
      }
      for (const { name, pending, idle } of await client.xInfoConsumers(key, this.#group))
        if (pending === 0 && idle > FORGOTTEN_MS) await client.xGroupDelConsumer(key, this.#group, name);
    });
  }

  /** Waits for messages, and takes as many as there is room for. */
  async #take(): Promise<void> {
    const { connection } = this.#context;
    const { pollIntervalMs, maxAckPending } = connection.settings;
    const held = this.#topics.reduce((sum, topic) => sum + this.#heldOf(topic).size, 0);
    // Whole batches, for reading one by one what one by one makes room is slow.
    const isWanted = this.#queue.room >= this.#maxBatch / 2;
    const room = isWanted ? Math.min(this.#maxBatch, maxAckPending - held) : 0;
    if (room <= 0) return this.#woken(pollIntervalMs);
    if (performance.now() >= this.#claimAtMs) {
      this.#claimAtMs = performance.now() + pollIntervalMs;
      for (const topic of this.#topics) await this.#claim(topic, Math.min(room, CLAIM_PAGE));
      return;
    }
    const streams = this.#topics.map((topic) => ({ key: connection.key(topic), id: '>' }));
    const options = { COUNT: room, BLOCK: pollIntervalMs };
    const replies = (await this.#reader.xReadGroup(this.#group, this.#name, streams, options)) ?? [];
    for (const { name, messages } of replies) {
      const topic = name.toString().slice(connection.settings.prefix.length);
      const entries = messages as Entry[]; // the client's own type is not exported
      this.#queue.addAll(entries.map((entry) => this.#open(decode(topic, entry), 1)));
    }
  }

  /** Takes over what other members have not reported for too long, or have released. */
  async #claim(topic: string, count: number): Promise<void> {
    const { connection } = this.#context;
    const { ackWaitMs } = connection.settings;
    const key = connection.key(topic);
    const [entries, attempts] = await connection.run(async (client) => {
      const claimed = await client.xAutoClaim(key, this.#group, this.#name, ackWaitMs, BEGINNING, {
        COUNT: count,
      });
      const entries = claimed.messages.filter(
        (entry): entry is NonNullable<typeof entry> & Entry => entry !== null,
      );
      const [first, last] = [entries[0]?.id.toString() ?? '-', entries.at(-1)?.id.toString() ?? '-'];
      const range = { consumer: this.#name };
      // One for each that is held is more than enough.
      const limit = count + this.#heldOf(topic).size;
      const pending = entries.length
        ? await client.xPendingRange(key, this.#group, first, last, limit, range)
        : [];
      const counts = new Map(pending.map(({ id, deliveriesCounter }) => [id.toString(), deliveriesCounter]));
      return [entries, counts] as const;
    });
    const fresh = entries.filter(({ id }) => !this.#heldOf(topic).has(id.toString()));
    for (const entry of fresh)
      this.#queue.add(this.#open(decode(topic, entry), attempts.get(entry.id.toString()) ?? 1));
    // There may be more.
    if (entries.length === count) this.#claimAtMs = 0;
  }

  #open(message: StoredMessage, attempt: number): { delivery: OpenDelivery } {
    const { alarm, deadLetters } = this.#context;
    const { topic, position } = message;
    const held = this.#heldOf(topic);
    held.set(position, attempt);
    const ifHeld = (settle: () => void) => {
      if (held.get(position) === attempt) settle();
    };
    const nack = (delayMs: number) =>
      ifHeld(() =>
        this.#delayed.add(delayMs, () => ifHeld(() => this.#track(this.#redeliver(message, attempt)))),
      );
    const delivery: OpenDelivery = new OpenDelivery(message, attempt, {
      ack: () => ifHeld(() => this.#ack(topic, position)),
      nack,
      reject: async (reason) => {
        const isStored = await alarm.watch(() => deadLetters.store(delivery, this.#group, reason));
        if (isStored) held.delete(position);
        else nack(redeliveryDelayMs(attempt));
        return isStored;
      },
    });
    return { delivery };
  }

  #ack(topic: string, position: string): void {
    this.#heldOf(topic).delete(position);
    if (this.#acked.size === 0) setImmediate(() => this.#flushAcks());
    const acked = this.#acked.get(topic);
    if (acked) acked.push(position);
    else this.#acked.set(topic, [position]);
    this.#wake();
  }

  #flushAcks(): void {
    const { connection } = this.#context;
    for (const [topic, ids] of this.#acked)
      this.#track(connection.run((client) => client.xAck(connection.key(topic), this.#group, ids)));
    this.#acked.clear();
  }

  /** Here, or by another member when this one takes no more. */
  async #redeliver(message: StoredMessage, attempt: number): Promise<void> {
    const { connection } = this.#context;
    const { topic, position } = message;
    const key = connection.key(topic);
    // From here on, what fails is a message of a member that does not report it.
    this.#heldOf(topic).delete(position);
    if (this.#queue.isStuck || this.#closing.signal.aborted) {
      const released = { IDLE: connection.settings.ackWaitMs, RETRYCOUNT: attempt };
      await connection.run((client) =>
        client.xClaimJustId(key, this.#group, RELEASED, 0, position, released),
      );
      return;
    }
    const [kept] = (await connection.run((client) => client.xRange(key, position, position))) ?? [];
    if (kept) this.#queue.add(this.#open(message, attempt + 1));
    else this.#ack(topic, position); // erased meanwhile
  }

  /** Keeps other members from taking over what this one has. After too long a pause they have done it. */
  async #report(): Promise<void> {
    const { connection } = this.#context;
    const startedAtMs = performance.now();
    if (startedAtMs - this.#reportedMs > connection.settings.ackWaitMs) {
      for (const held of this.#held.values()) held.clear();
      this.#queue.revoke(new Error('other members may have taken over'));
    }
    await connection.run(async (client) => {
      for (const [topic, held] of this.#held)
        if (held.size > 0)
          await client.xClaimJustId(connection.key(topic), this.#group, this.#name, 0, [...held.keys()]);
    });
    this.#reportedMs = startedAtMs;
  }

  /** Its name would stay in the group for ever. What it still has, another member takes over later. */
  async #leave(): Promise<void> {
    const { connection } = this.#context;
    await connection.run(async (client) => {
      for (const topic of this.#topics) {
        const key = connection.key(topic);
        const options = { consumer: this.#name };
        const pending = await client.xPendingRange(key, this.#group, '-', '+', 1, options);
        if (pending.length === 0) await client.xGroupDelConsumer(key, this.#group, this.#name);
      }
    });
  }

  /** Ends a read that waits. */
  async #unblock(): Promise<void> {
    const id = this.#readerId;
    if (id !== undefined) await this.#context.connection.run((client) => client.clientUnblock(id));
  }

  #heldOf(topic: string): Map<string, number> {
    const held = this.#held.get(topic);
    if (!held) throw new Error(`the member has not subscribed to ${topic}`);
    return held;
  }

  /** What fails is delivered again after the ack wait. */
  #track(work: Promise<unknown>): void {
    const tracked = work
      .catch((err: unknown) => this.#warn(err, 'could not settle messages: they are redelivered'))
      .finally(() => this.#settling.delete(tracked));
    this.#settling.add(tracked);
  }

  async #woken(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
  }

  #warn(err: unknown, what: string): void {
    this.#context.connection.settings.logger.warn({ err, group: this.#group, topics: this.#topics }, what);
  }
}
