import { abortable } from '@meower/shared/async/abortable.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import { withTimeout } from '@meower/shared/async/with-timeout.ts';
import type { BatchHandler, ConsumeOptions } from '@meower/shared/message/capabilities.ts';
import { CONSUME_DEFAULTS, MAX_ACK_PENDING } from '@meower/shared/message/common/defaults.ts';
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
/** How long a partition that moves to another member waits for the handlers of its messages. */
const HAND_OVER_MS = 5000;

interface Batch {
  readonly messages: readonly Unsettled[];
  readonly revoked: AbortController;
  handling?: Promise<void>;
  isStuck: boolean;
}

/**
 * One member of a group. The library joins and reports to the server; what is fetched, delivered and
 * committed is decided here. Partitions move with the cooperative protocol: those that stay go on meanwhile,
 * and one that leaves waits, for `HAND_OVER_MS`, until its running handlers have ended and their offset is
 * committed, so that the next member handles nothing again.
 */
export function createMember(
  { settings, topics: known, storeDeadLetter, logger }: KafkaContext,
  topics: readonly string[],
  group: string,
  handler: BatchHandler,
  options: ConsumeOptions = {},
) {
  const consume = { ...CONSUME_DEFAULTS, ...options };
  const closing = new AbortController();
  const { signal } = closing;
  const joined = Promise.withResolvers<void>();
  const owned = new Map<string, KafkaPartition>();
  const batches = new Set<Batch>();
  let ready: Unsettled[] = [];
  let isScheduled = false;
  const partitions = () => owned.values();
  const commits = new KafkaCommits({ settings, group, partitions, closing: signal, logger });
  let running: Promise<void> | undefined;
  /** Ends the session, the wait for room, and the wait for stuck handlers. */
  let wake = () => {};
  let endSession: (reason: Error) => void = () => {};

  async function repeatSessions(): Promise<void> {
    const sessionLogger = logger.child({ topics, group });
    while (!signal.aborted) {
      const stuck = [...batches].filter(({ isStuck }) => isStuck);
      if (stuck.length > 0) {
        await Promise.race([...stuck.map(({ handling }) => handling), woken()]);
        continue;
      }
      try {
        await session();
      } catch (err) {
        if (signal.aborted) return;
        sessionLogger.warn({ err, retryInMs: settings.retryMs }, 'left the group: joins again');
        known.forget(topics);
        await sleep(settings.retryMs, signal);
      }
    }
  }

  /** As long as it is a member. Rejects with what ended it. */
  async function session(): Promise<void> {
    await abortable(known.ensure(topics), signal);
    const ended = Promise.withResolvers<never>();
    ended.promise.catch(() => {}); // its rejection is for those that wait
    endSession = ended.reject;
    const { sessionTimeoutMs, heartbeatMs, timeoutMs } = settings;
    const rebalanceTimeout = 2 * sessionTimeoutMs;
    commits.isJoining = true;
    const consumer = new Consumer({
      ...clientOptions(settings),
      groupId: settings.groupIdOf(group, topics),
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      heartbeatStallTimeout: sessionTimeoutMs,
      rebalanceTimeout,
      requestTimeout: rebalanceTimeout + timeoutMs,
      protocols: [{ name: 'cooperative-sticky', version: 3 }],
      // Called before each attempt to join, also for a rebalance: the library has no other place to wait.
      protocolsMetadata: async () => {
        commits.isJoining = true;
        await handOver(consumer.assignments ?? [], HAND_OVER_MS);
        return Buffer.alloc(0);
      },
    });
    consumer.on('consumer:group:join', () => {
      commits.isJoining = false;
      assign(consumer).catch(ended.reject);
    });
    consumer.on('consumer:heartbeat:stalled', () => ended.reject(new Error('the server does not answer')));
    // The library emits it untyped when it could not join again.
    consumer.on('error' as 'client:close', ((error: Error) => ended.reject(error)) as () => void);
    consumer.topics.trackAll(...topics);
    commits.consumer = consumer;
    const reader = new KafkaReader(settings, topics);
    let isOver = false;
    try {
      await Promise.race([consumer.joinGroup({}), ended.promise]);
      joined.resolve();
      await Promise.race([fetchUntil(() => isOver, reader), ended.promise]);
    } finally {
      isOver = true;
      wake();
      // Closing waits for handlers; after a failure or with a stuck one, the group gets the partitions
      // without delay.
      await handOver([], signal.aborted ? Number.POSITIVE_INFINITY : 0);
      commits.consumer = undefined;
      const left = Promise.all([consumer.close(true), reader.close()]);
      await withTimeout(left, timeoutMs).catch((err: unknown) =>
        logger.warn({ err }, 'could not leave the group: the server notices after the session timeout'),
      );
    }
  }

  async function fetchUntil(isOver: () => boolean, reader: KafkaReader): Promise<void> {
    while (!isOver()) {
      const wanted = ready.length < consume.maxBatch ? withRoom() : [];
      if (wanted.length === 0) {
        await woken();
        continue;
      }
      try {
        const pages = await reader.poll(
          new Map(wanted.map(({ name, position }) => [name, position])),
          POLL_MS,
        );
        for (const page of pages) received(page);
        deliver();
      } catch (err) {
        if (isOver()) return;
        logger.warn({ err, topics, retryInMs: settings.retryMs }, 'could not fetch: tries again');
        await sleep(settings.retryMs, signal);
        known.forget(topics);
        await known.ensure(topics).catch(() => {}); // the next fetch fails and logs
      }
    }
  }

  function withRoom(): KafkaPartition[] {
    return [...owned.values()].filter(
      ({ position, committable }) => position - committable < MAX_ACK_PENDING,
    );
  }

  function received({ partition: name, from, next, messages, isCut }: Page): void {
    const partition = owned.get(name);
    // It may have left, or left and come back, since it was asked for.
    if (!partition || partition.position !== from) return;
    if (isCut) {
      logger.error({ partition: name, from, next }, 'messages are gone before the group took them');
      ready = ready.filter((each) => each.partition !== partition);
      partition.restartAt(next);
      return;
    }
    for (const message of partition.add(messages, next)) ready.push(message);
  }

  /** New partitions begin at the group's offset, or at their oldest message. */
  async function assign(consumer: Consumer): Promise<void> {
    const assigned = (consumer.assignments ?? []).filter(({ topic }) => topics.includes(topic));
    const names = namesOf(assigned);
    for (const partition of owned.values()) if (!names.has(partition.name)) drop(partition);
    const isNew = (topic: string, partition: number) => !owned.has(partitionName(topic, partition));
    const added = assigned
      .map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.filter((each) => isNew(topic, each)),
      }))
      .filter(({ partitions }) => partitions.length > 0);
    if (added.length > 0) {
      const [committed, oldest] = await Promise.all([
        consumer.listCommittedOffsets({ topics: added }),
        consumer.listOffsets({ topics: added.map(({ topic }) => topic), timestamp: EARLIEST }),
      ]);
      // Meanwhile it may have joined again, with another assignment.
      const still = namesOf(consumer.assignments ?? []);
      for (const { topic, partitions } of added) {
        for (const partition of partitions) {
          const name = partitionName(topic, partition);
          if (!isNew(topic, partition) || !still.has(name) || commits.consumer !== consumer) continue;
          const offset = Number(committed.get(topic)?.[partition] ?? -1n);
          const start = offset >= 0 ? offset : Number(oldest.get(topic)?.[partition] ?? 0n);
          owned.set(name, new KafkaPartition(name, start, deliverAgain));
        }
      }
    }
    wake();
    commits.soon();
  }

  /** Gives up all partitions but those to keep: waits for their handlers, and commits. */
  async function handOver(keep: readonly GroupAssignment[], waitMs: number): Promise<void> {
    const kept = namesOf(keep);
    const leaving = [...owned.values()].filter(({ name }) => !kept.has(name));
    if (leaving.length === 0) return;
    for (const partition of leaving) {
      partition.isLeaving = true;
      owned.delete(partition.name);
    }
    const unfinished = [...batches].filter(
      (batch) => !batch.isStuck && batch.messages.some(({ partition }) => leaving.includes(partition)),
    );
    const handled = Promise.all(unfinished.map(({ handling }) => handling));
    if (waitMs === Number.POSITIVE_INFINITY) await handled;
    else if (waitMs > 0 && unfinished.length > 0) {
      const over = new AbortController();
      await Promise.race([handled, sleep(waitMs, over.signal)]);
      over.abort();
    }
    await commits.now(leaving);
    for (const partition of leaving) drop(partition);
  }

  /** Its unsettled messages are another member's now. */
  function drop(partition: KafkaPartition): void {
    partition.isLeaving = true;
    partition.stopTimers();
    owned.delete(partition.name);
    ready = ready.filter((message) => message.partition !== partition);
    for (const { messages, revoked } of batches) {
      if (messages.some((message) => message.partition === partition))
        revoked.abort(new Error(`the partition ${partition.name} belongs to another member`));
    }
  }

  function deliverAgain(messages: readonly Unsettled[]): void {
    ready.unshift(...messages);
    deliverSoon();
  }

  function deliverSoon(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      deliver();
    });
  }

  function deliver(): void {
    while (!signal.aborted && startBatch());
    if (ready.length < consume.maxBatch) wake();
  }

  /** While one batch is handled, the next one has to be full, unless the member is eager. */
  function startBatch(): boolean {
    const { maxBatch, maxConcurrentBatches, eager } = consume;
    const isFirst = batches.size === 0;
    if (batches.size >= maxConcurrentBatches || [...batches].some(({ isStuck }) => isStuck)) return false;
    if (ready.length < (eager || isFirst ? 1 : maxBatch)) return false;
    const messages: Unsettled[] = [];
    const batch: Batch = { messages, revoked: new AbortController(), isStuck: false };
    let taken = 0;
    for (; taken < ready.length && messages.length < maxBatch; taken++) {
      const message = ready[taken] as Unsettled; // within the array
      if (!message.partition.isLeaving && message.partition.enter(message, batch)) messages.push(message);
    }
    ready.splice(0, taken);
    if (messages.length === 0) return false;
    batches.add(batch);
    batch.handling = handle(batch);
    return true;
  }

  async function handle(batch: Batch): Promise<void> {
    const deliveries = batch.messages.map(open);
    await handleBatch(deliveries, handler, {
      timeoutMs: settings.handlerTimeoutMs,
      revoked: batch.revoked,
      logger,
      onTimeout: () => {
        batch.isStuck = true;
        endSession(new Error('a handler is stuck: the group goes on without this member until it ends'));
      },
    });
    batches.delete(batch);
    deliverSoon();
  }

  function open(message: Unsettled): OpenDelivery {
    const { partition } = message;
    return new OpenDelivery(message.message, message.attempt, {
      ack: () => settled(message),
      nack: (delayMs) => {
        if (!partition.isLeaving) partition.nacked(message, delayMs);
      },
      reject: async (reason) => {
        const rejection = { group, reason, attempts: message.attempt };
        if (await storeDeadLetter(message.message, rejection)) {
          settled(message);
          return true;
        }
        if (!partition.isLeaving) partition.nacked(message, settings.retryMs);
        return false;
      },
    });
  }

  function settled(message: Unsettled): void {
    message.partition.settled(message);
    commits.soon();
  }

  /** Resolves at the next `wake`. */
  function woken(): Promise<void> {
    return new Promise((resolve) => {
      const others = wake;
      wake = () => {
        wake = () => {};
        others();
        resolve();
      };
    });
  }

  return {
    /** Resolves once it has joined. Waits while the server is unavailable. */
    async join(): Promise<void> {
      running = repeatSessions();
      await abortable(joined.promise, signal);
    },

    async close(): Promise<void> {
      const reason = new Error('the subscription is closed');
      closing.abort(reason);
      endSession(reason);
      wake();
      await running;
      await Promise.all([...batches].map(({ handling }) => handling));
    },
  };
}

function namesOf(assignments: readonly GroupAssignment[]): Set<string> {
  return new Set(
    assignments.flatMap(({ topic, partitions }) => partitions.map((each) => partitionName(topic, each))),
  );
}
