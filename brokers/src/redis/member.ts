import { randomUUID } from 'node:crypto';
import { abortable } from '@meower/shared/async/abortable.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import type { BatchHandler, ConsumeOptions, StoredMessage } from '@meower/shared/message/capabilities.ts';
import type { WatchDeadLetter } from '@meower/shared/message/common/dead-letter-alarm.ts';
import { CONSUME_DEFAULTS, MAX_ACK_PENDING } from '@meower/shared/message/common/defaults.ts';
import { DelayedCalls } from '@meower/shared/message/common/delayed-calls.ts';
import { MemberQueue } from '@meower/shared/message/common/member-queue.ts';
import { OpenDelivery, redeliveryDelayMs } from '@meower/shared/message/common/open-delivery.ts';
import { repeatUntilAborted } from '@meower/shared/message/common/restart-delay.ts';
import { decode, type Entry } from './codec.ts';
import { openClient, type RedisConnection } from './connection.ts';
import { RELEASED, type RedisDeadLetters } from './dead-letters.ts';
import { BEGINNING } from './positions.ts';

interface MemberContext {
  connection: RedisConnection;
  deadLetters: RedisDeadLetters;
  watchDeadLetter: WatchDeadLetter;
}

/** A consumer that has had nothing for so long belongs to a process that has crashed. */
const FORGOTTEN_MS = 24 * 3_600_000;
const CLAIM_PAGE = 100;

/** One member of a group: a consumer of its own in the group of each stream. */
export function createMember(
  { connection, deadLetters, watchDeadLetter }: MemberContext,
  topics: readonly string[],
  group: string,
  handler: BatchHandler,
  options: ConsumeOptions = {},
) {
  const { settings } = connection;
  const { handlerTimeoutMs, ackWaitMs, pollIntervalMs, longestRetryMs, logger } = settings;
  const consume = { ...CONSUME_DEFAULTS, ...options };
  const name = randomUUID();
  let wake = () => {};
  const queue = new MemberQueue<{ delivery: OpenDelivery }>(handler, {
    consume,
    handlerTimeoutMs,
    logger,
    onRoom: () => wake(),
  });
  const delayed = new DelayedCalls();
  /** What this member has and has not settled, by topic and id: its attempt. */
  const heldByTopic = new Map(topics.map((topic) => [topic, new Map<string, number>()]));
  // Of its own, because reading blocks.
  const reader = openClient(settings);
  let readerId: number | undefined;
  const closing = new AbortController();
  const { signal } = closing;
  const joined = Promise.withResolvers<void>();
  const settling = new Set<Promise<unknown>>();
  /** To be acked in this turn of the event loop. */
  const acked = new Map<string, string[]>();
  let reportedMs = performance.now();
  let claimAtMs = 0;

  const warn = (err: unknown, what: string) => logger.warn({ err, group, topics }, what);

  const heldOf = (topic: string): Map<string, number> => {
    const held = heldByTopic.get(topic);
    if (!held) throw new Error(`the member has not subscribed to ${topic}`);
    return held;
  };

  /** What fails is delivered again after the ack wait. */
  const track = (work: Promise<unknown>) => {
    const tracked = work
      .catch((err: unknown) => warn(err, 'could not settle messages: they are redelivered'))
      .finally(() => settling.delete(tracked));
    settling.add(tracked);
  };

  const woken = async (ms: number) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    wake = resolve;
    await promise;
    clearTimeout(timer);
  };

  const createGroup = async (topic: string) => {
    const key = connection.key(topic);
    await connection.run(async (client) => {
      try {
        await client.xGroupCreate(key, group, BEGINNING, { MKSTREAM: true });
      } catch (error) {
        if (!(error as Error).message.startsWith('BUSYGROUP')) throw error; // it exists
      }
      for (const { name, pending, idle } of await client.xInfoConsumers(key, group))
        if (pending === 0 && idle > FORGOTTEN_MS) await client.xGroupDelConsumer(key, group, name);
    });
  };

  const flushAcks = () => {
    for (const [topic, ids] of acked)
      track(connection.run((client) => client.xAck(connection.key(topic), group, ids)));
    acked.clear();
  };

  const ack = (topic: string, position: string) => {
    heldOf(topic).delete(position);
    if (acked.size === 0) setImmediate(flushAcks);
    const positions = acked.get(topic);
    if (positions) positions.push(position);
    else acked.set(topic, [position]);
    wake();
  };

  const open = (message: StoredMessage, attempt: number): { delivery: OpenDelivery } => {
    const { topic, position } = message;
    const held = heldOf(topic);
    held.set(position, attempt);
    const ifHeld = (settle: () => void) => {
      if (held.get(position) === attempt) settle();
    };
    const nack = (delayMs: number) =>
      ifHeld(() => delayed.add(delayMs, () => ifHeld(() => track(redeliver(message, attempt)))));
    const delivery: OpenDelivery = new OpenDelivery(message, attempt, {
      ack: () => ifHeld(() => ack(topic, position)),
      nack,
      reject: async (reason) => {
        const isStored = await watchDeadLetter(() => deadLetters.store(delivery, group, reason));
        if (isStored) held.delete(position);
        else nack(redeliveryDelayMs(attempt));
        return isStored;
      },
    });
    return { delivery };
  };

  /** Here, or by another member when this one takes no more. */
  const redeliver = async (message: StoredMessage, attempt: number) => {
    const { topic, position } = message;
    const key = connection.key(topic);
    // From here on, what fails is a message of a member that does not report it.
    heldOf(topic).delete(position);
    if (queue.isStuck || signal.aborted) {
      const released = { IDLE: ackWaitMs, RETRYCOUNT: attempt };
      await connection.run((client) => client.xClaimJustId(key, group, RELEASED, 0, position, released));
      return;
    }
    const [kept] = (await connection.run((client) => client.xRange(key, position, position))) ?? [];
    if (kept) queue.add(open(message, attempt + 1));
    else ack(topic, position); // erased meanwhile
  };

  /** Takes over what other members have not reported for too long, or have released. */
  const claim = async (topic: string, count: number) => {
    const key = connection.key(topic);
    const held = heldOf(topic);
    const [entries, attempts] = await connection.run(async (client) => {
      const claimed = await client.xAutoClaim(key, group, name, ackWaitMs, BEGINNING, { COUNT: count });
      const entries = claimed.messages.filter(
        (entry): entry is NonNullable<typeof entry> & Entry => entry !== null,
      );
      const [first, last] = [entries[0]?.id.toString() ?? '-', entries.at(-1)?.id.toString() ?? '-'];
      // One for each that is held is more than enough.
      const limit = count + held.size;
      const pending = entries.length
        ? await client.xPendingRange(key, group, first, last, limit, { consumer: name })
        : [];
      const counts = new Map(pending.map(({ id, deliveriesCounter }) => [id.toString(), deliveriesCounter]));
      return [entries, counts] as const;
    });
    for (const entry of entries.filter(({ id }) => !held.has(id.toString())))
      queue.add(open(decode(topic, entry), attempts.get(entry.id.toString()) ?? 1));
    // There may be more.
    if (entries.length === count) claimAtMs = 0;
  };

  /** Waits for messages, and takes as many as there is room for. */
  const take = async () => {
    const held = topics.reduce((sum, topic) => sum + heldOf(topic).size, 0);
    // Whole batches, for reading one by one what one by one makes room is slow.
    const isWanted = queue.room >= consume.maxBatch / 2;
    const room = isWanted ? Math.min(consume.maxBatch, MAX_ACK_PENDING - held) : 0;
    if (room <= 0) return woken(pollIntervalMs);
    if (performance.now() >= claimAtMs) {
      claimAtMs = performance.now() + pollIntervalMs;
      for (const topic of topics) await claim(topic, Math.min(room, CLAIM_PAGE));
      return;
    }
    const streams = topics.map((topic) => ({ key: connection.key(topic), id: '>' }));
    const replies =
      (await reader.xReadGroup(group, name, streams, { COUNT: room, BLOCK: pollIntervalMs })) ?? [];
    for (const { name, messages } of replies) {
      const topic = name.toString().slice(settings.prefix.length);
      const entries = messages as Entry[]; // the client's own type is not exported
      queue.addAll(entries.map((entry) => open(decode(topic, entry), 1)));
    }
  };

  /** Keeps other members from taking over what this one has. After too long a pause they have done it. */
  const report = async () => {
    const startedAtMs = performance.now();
    if (startedAtMs - reportedMs > ackWaitMs) {
      for (const held of heldByTopic.values()) held.clear();
      queue.revoke(new Error('other members may have taken over'));
    }
    await connection.run(async (client) => {
      for (const [topic, held] of heldByTopic)
        if (held.size > 0) await client.xClaimJustId(connection.key(topic), group, name, 0, [...held.keys()]);
    });
    reportedMs = startedAtMs;
  };

  /** Its name would stay in the group for ever. What it still has, another member takes over later. */
  const leave = () =>
    connection.run(async (client) => {
      for (const topic of topics) {
        const key = connection.key(topic);
        const pending = await client.xPendingRange(key, group, '-', '+', 1, { consumer: name });
        if (pending.length === 0) await client.xGroupDelConsumer(key, group, name);
      }
    });

  /** Ends a read that waits. */
  const unblock = async () => {
    const id = readerId;
    if (id !== undefined) await connection.run((client) => client.clientUnblock(id));
  };

  const reportTimer = setInterval(() => track(report()), ackWaitMs / 3);
  const run = async () => {
    for (const topic of topics) await createGroup(topic);
    joined.resolve();
    readerId = await reader.clientId();
    while (!signal.aborted) await take();
  };
  const running = repeatUntilAborted(run, { signal, longestRetryMs, logger, of: { group, topics } });

  return {
    /** Resolves once the group exists. Waits while the broker is unavailable. */
    join: () => abortable(joined.promise, signal),

    async close(): Promise<void> {
      closing.abort(new Error('the subscription is closed'));
      const handled = queue.close(running);
      wake();
      await unblock().catch(() => {}); // the server is unavailable, and the reader is not waiting
      const over = new AbortController();
      await Promise.race([running, sleep(2 * pollIntervalMs, over.signal)]);
      over.abort();
      if (reader.isOpen) reader.destroy();
      await handled;
      delayed.flush();
      clearInterval(reportTimer);
      flushAcks();
      await Promise.all(settling);
      if (connection.client.isReady)
        await leave().catch((err: unknown) => warn(err, 'could not leave the group'));
    },
  };
}
