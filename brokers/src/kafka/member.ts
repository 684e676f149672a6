import { abortable } from '@meower/shared/async/abortable.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import { withTimeout } from '@meower/shared/async/with-timeout.ts';
import type { BatchHandler, ConsumeOptions } from '@meower/shared/message/capabilities.ts';
import { CONSUME_DEFAULTS } from '@meower/shared/message/common/defaults.ts';
import { handleBatch } from '@meower/shared/message/common/handle-batch.ts';
import { OpenDelivery } from '@meower/shared/message/common/open-delivery.ts';
import { Consumer, type GroupAssignment } from '@platformatic/kafka';
import { KafkaCommits } from './commits.ts';
import { clientOptions } from './config.ts';
import type { KafkaContext } from './context.ts';
import { partitionName } from './offsets.ts';
import { KafkaPartition, type Unsettled } from './partition.ts';
import { EARLIEST, KafkaReader, type Page } from './reader.ts';

const POLL_MS = 500;

interface Batch {
  readonly messages: readonly Unsettled[];
  readonly revoked: AbortController;
  handling?: Promise<void>;
  isStuck: boolean;
}

/**
 * One member of a group. The library joins and reports to the server; what is fetched, delivered and
 * committed is decided here. Partitions move with the cooperative protocol: those that stay go on meanwhile,
 * and one that leaves waits, for `handOverMs`, until its running handlers have ended and their offset is
 * committed, so that the next member handles nothing again.
 */
export class KafkaMember {
  readonly #context: KafkaContext;
  readonly #topics: readonly string[];
  readonly #group: string;
  readonly #handler: BatchHandler;
  readonly #options: Required<ConsumeOptions>;
  readonly #closing = new AbortController();
  readonly #joined = Promise.withResolvers<void>();
  readonly #partitions = new Map<string, KafkaPartition>();
  readonly #batches = new Set<Batch>();
  #ready: Unsettled[] = [];
  #delivering: NodeJS.Immediate | undefined;
  readonly #commits: KafkaCommits;
  #running: Promise<void> | undefined;
  /** Ends the session, the wait for room, and the wait for stuck handlers. */
  #wake: () => void = () => {};
  #endSession: (reason: Error) => void = () => {};

  constructor(
    context: KafkaContext,
    topics: readonly string[],
    group: string,
    handler: BatchHandler,
    options: ConsumeOptions = {},
  ) {
    this.#context = context;
    this.#topics = topics;
    this.#group = group;
    this.#handler = handler;
    this.#options = { ...CONSUME_DEFAULTS, ...options };
    this.#commits = new KafkaCommits({
      context,
      group,
      partitions: () => this.#partitions.values(),
      closing: this.#closing.signal,
    });
  }

  /** Resolves once it has joined. Waits while the server is unavailable. */
  async join(): Promise<void> {
    this.#running = this.#repeatSessions();
    await abortable(this.#joined.promise, this.#closing.signal);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the subscription is closed'));
    this.#endSession(new Error('the subscription is closed'));
    this.#wake();
    await this.#running;
    await Promise.all([...this.#batches].map(({ handling }) => handling));
  }

  async #repeatSessions(): Promise<void> {
    const { settings } = this.#context;
    const logger = this.#context.logger.child({ topics: this.#topics, group: this.#group });
    while (!this.#closing.signal.aborted) {
      const stuck = [...this.#batches].filter(({ isStuck }) => isStuck);
      if (stuck.length > 0) {
        await Promise.race([...stuck.map(({ handling }) => handling), this.#woken()]);
        continue;
      }
      try {
        await this.#session();
      } catch (err) {
        if (this.#closing.signal.aborted) return;
        logger.warn({ err, retryInMs: settings.retryMs }, 'left the group: joins again');
        this.#context.topics.forget(this.#topics);
        await sleep(settings.retryMs, this.#closing.signal);
      }
    }
  }

  /** As long as it is a member. Rejects with what ended it. */
  async #session(): Promise<void> {
    const { settings, topics, logger } = this.#context;
    await abortable(topics.ensure(this.#topics), this.#closing.signal);
    const ended = Promise.withResolvers<never>();
    ended.promise.catch(() => {}); // its rejection is for those that wait
    this.#endSession = ended.reject;
    const { sessionTimeoutMs, heartbeatMs, timeoutMs } = settings;
    const rebalanceTimeout = 2 * sessionTimeoutMs;
    this.#commits.isJoining = true;
    const consumer = new Consumer({
      ...clientOptions(settings),
      groupId: settings.groupIdOf(this.#group, this.#topics),
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      heartbeatStallTimeout: sessionTimeoutMs,
      rebalanceTimeout,
      requestTimeout: rebalanceTimeout + timeoutMs,
      protocols: [{ name: 'cooperative-sticky', version: 3 }],
      // Called before each attempt to join, also for a rebalance: the library has no other place to wait.
      protocolsMetadata: async () => {
        this.#commits.isJoining = true;
        await this.#handOver(consumer.assignments ?? [], settings.handOverMs);
        return Buffer.alloc(0);
      },
    });
    consumer.on('consumer:group:join', () => {
      this.#commits.isJoining = false;
      this.#assign(consumer).catch(ended.reject);
    });
    consumer.on('consumer:heartbeat:stalled', () => ended.reject(new Error('the server does not answer')));
    // The library emits it untyped when it could not join again.
    consumer.on('error' as 'client:close', ((error: Error) => ended.reject(error)) as () => void);
    consumer.topics.trackAll(...this.#topics);
    this.#commits.consumer = consumer;
    const reader = new KafkaReader(settings, this.#topics);
    let isOver = false;
    try {
      await Promise.race([consumer.joinGroup({}), ended.promise]);
      this.#joined.resolve();
      await Promise.race([this.#fetchUntil(() => isOver, reader), ended.promise]);
    } finally {
      isOver = true;
      this.#wake();
      // Closing waits for handlers; after a failure or with a stuck one, the group gets the partitions
      // without delay.
      await this.#handOver([], this.#closing.signal.aborted ? Number.POSITIVE_INFINITY : 0);
      this.#commits.consumer = undefined;
      const closing = Promise.all([consumer.close(true), reader.close()]);
      await withTimeout(closing, timeoutMs, () => new Error(`no answer in ${timeoutMs} ms`)).catch(
        (err: unknown) =>
          logger.warn({ err }, 'could not leave the group: the server notices after the session timeout'),
      );
    }
  }

  async #fetchUntil(isOver: () => boolean, reader: KafkaReader): Promise<void> {
    const { settings, topics, logger } = this.#context;
    while (!isOver()) {
      const wanted = this.#ready.length < this.#options.maxBatch ? this.#withRoom() : [];
      if (wanted.length === 0) {
        await this.#woken();
        continue;
      }
      try {
        const pages = await reader.poll(
          new Map(wanted.map(({ name, position }) => [name, position])),
          POLL_MS,
        );
        for (const page of pages) this.#received(page);
        this.#deliver();
      } catch (err) {
        if (isOver()) return;
        logger.warn(
          { err, topics: this.#topics, retryInMs: settings.retryMs },
          'could not fetch: tries again',
        );
        await sleep(settings.retryMs, this.#closing.signal);
        topics.forget(this.#topics);
        await topics.ensure(this.#topics).catch(() => {}); // the next fetch fails and logs
      }
    }
  }

  #withRoom(): KafkaPartition[] {
    const { maxAckPending } = this.#context.settings;
    return [...this.#partitions.values()].filter(
      ({ position, committable }) => position - committable < maxAckPending,
    );
  }

  #received({ partition: name, from, next, messages, isCut }: Page): void {
    const partition = this.#partitions.get(name);
    // It may have left, or left and come back, since it was asked for.
    if (!partition || partition.position !== from) return;
    if (isCut) {
      this.#context.logger.error(
        { partition: name, from, next },
        'messages are gone before the group took them',
      );
      this.#ready = this.#ready.filter((each) => each.partition !== partition);
      partition.restartAt(next);
      return;
    }
    for (const message of partition.add(messages, next)) this.#ready.push(message);
  }

  /** New partitions begin at the group's offset, or at their oldest message. */
  async #assign(consumer: Consumer): Promise<void> {
    const assigned = (consumer.assignments ?? []).filter(({ topic }) => this.#topics.includes(topic));
    const names = namesOf(assigned);
    for (const partition of this.#partitions.values()) if (!names.has(partition.name)) this.#drop(partition);
    const isNew = (topic: string, partition: number) =>
      !this.#partitions.has(partitionName(topic, partition));
    const added = assigned
      .map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.filter((each) => isNew(topic, each)),
      }))
      .filter(({ partitions }) => partitions.length > 0);
    if (added.length > 0) {
      const topics = added.map(({ topic }) => topic);
      const [committed, oldest] = await Promise.all([
        consumer.listCommittedOffsets({ topics: added }),
        consumer.listOffsets({ topics, timestamp: EARLIEST }),
      ]);
      // Meanwhile it may have joined again, with another assignment.
      const still = namesOf(consumer.assignments ?? []);
      for (const { topic, partitions } of added) {
        for (const partition of partitions) {
          const name = partitionName(topic, partition);
          if (!isNew(topic, partition) || !still.has(name) || this.#commits.consumer !== consumer) continue;
          const offset = Number(committed.get(topic)?.[partition] ?? -1n);
          const start = offset >= 0 ? offset : Number(oldest.get(topic)?.[partition] ?? 0n);
          this.#partitions.set(
            name,
            new KafkaPartition(name, start, (messages) => this.#deliverAgain(messages)),
          );
        }
      }
    }
    this.#wake();
    this.#commits.soon();
  }

  /** Gives up all partitions but those to keep: waits for their handlers, and commits. */
  async #handOver(keep: readonly GroupAssignment[], waitMs: number): Promise<void> {
    const kept = namesOf(keep);
    const leaving = [...this.#partitions.values()].filter(({ name }) => !kept.has(name));
    if (leaving.length === 0) return;
    for (const partition of leaving) {
      partition.isLeaving = true;
      this.#partitions.delete(partition.name);
    }
    const running = [...this.#batches].filter(
      (batch) => !batch.isStuck && batch.messages.some(({ partition }) => leaving.includes(partition)),
    );
    const handled = Promise.all(running.map(({ handling }) => handling));
    if (waitMs === Number.POSITIVE_INFINITY) await handled;
    else if (waitMs > 0 && running.length > 0) {
      const over = new AbortController();
      await Promise.race([handled, sleep(waitMs, over.signal)]);
      over.abort();
    }
    await this.#commits.now(leaving);
    for (const partition of leaving) this.#drop(partition);
  }

  /** Its unsettled messages are another member's now. */
  #drop(partition: KafkaPartition): void {
    partition.isLeaving = true;
    partition.stopTimers();
    this.#partitions.delete(partition.name);
    this.#ready = this.#ready.filter((message) => message.partition !== partition);
    for (const { messages, revoked } of this.#batches) {
      if (messages.some((message) => message.partition === partition))
        revoked.abort(new Error(`the partition ${partition.name} belongs to another member`));
    }
  }

  #deliverAgain(messages: readonly Unsettled[]): void {
    this.#ready.unshift(...messages);
    this.#deliverSoon();
  }

  #deliverSoon(): void {
    this.#delivering ??= setImmediate(() => {
      this.#delivering = undefined;
      this.#deliver();
    });
  }

  #deliver(): void {
    while (!this.#closing.signal.aborted && this.#startBatch());
    if (this.#ready.length < this.#options.maxBatch) this.#wake();
  }

  /** While one batch is handled, the next one has to be full, unless the member is eager. */
  #startBatch(): boolean {
    const { maxBatch, maxConcurrentBatches, eager } = this.#options;
    const isFirst = this.#batches.size === 0;
    if (this.#batches.size >= maxConcurrentBatches || [...this.#batches].some(({ isStuck }) => isStuck))
      return false;
    if (this.#ready.length < (eager || isFirst ? 1 : maxBatch)) return false;
    const messages: Unsettled[] = [];
    const batch: Batch = { messages, revoked: new AbortController(), isStuck: false };
    let taken = 0;
    for (; taken < this.#ready.length && messages.length < maxBatch; taken++) {
      const message = this.#ready[taken] as Unsettled; // within the array
      if (!message.partition.isLeaving && message.partition.enter(message, batch)) messages.push(message);
    }
    this.#ready.splice(0, taken);
    if (messages.length === 0) return false;
    this.#batches.add(batch);
    batch.handling = this.#handle(batch);
    return true;
  }

  async #handle(batch: Batch): Promise<void> {
    const { settings, logger } = this.#context;
    const deliveries = batch.messages.map((message) => this.#open(message));
    await handleBatch(deliveries, this.#handler, {
      timeoutMs: settings.handlerTimeoutMs,
      revoked: batch.revoked,
      logger,
      onTimeout: () => {
        batch.isStuck = true;
        this.#endSession(
          new Error('a handler is stuck: the group goes on without this member until it ends'),
        );
      },
    });
    this.#batches.delete(batch);
    this.#deliverSoon();
  }

  #open(message: Unsettled): OpenDelivery {
    const { partition } = message;
    return new OpenDelivery(message.message, message.attempt, {
      ack: () => this.#settled(message),
      nack: (delayMs) => {
        if (!partition.isLeaving) partition.nacked(message, delayMs);
      },
      reject: async (reason) => {
        const { deadLetters } = this.#context;
        const attempts = message.attempt;
        if (await deadLetters.store(message.message, { group: this.#group, reason, attempts })) {
          this.#settled(message);
          return true;
        }
        if (!partition.isLeaving) partition.nacked(message, this.#context.settings.retryMs);
        return false;
      },
    });
  }

  #settled(message: Unsettled): void {
    message.partition.settled(message);
    this.#commits.soon();
  }

  /** Resolves at the next `#wake`. */
  #woken(): Promise<void> {
    return new Promise((resolve) => {
      const others = this.#wake;
      this.#wake = () => {
        this.#wake = () => {};
        others();
        resolve();
      };
    });
  }
}

function namesOf(assignments: readonly GroupAssignment[]): Set<string> {
  return new Set(
    assignments.flatMap(({ topic, partitions }) => partitions.map((each) => partitionName(topic, each))),
  );
}
