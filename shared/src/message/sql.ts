import { readFile } from 'node:fs/promises';
import { runInBackground } from '../async/background-task.ts';
import { createBatcher } from '../async/batcher.ts';
import { retryForever } from '../async/retry.ts';
import { type SqlDatabase, type SqlSession, statement } from '../db/sql.ts';
import {
  type Broker,
  BrokerUnavailableError,
  type Message,
  NoSuchDeadLetterError,
  type Subscription,
} from './capabilities.ts';
import { logHandlerErrors } from './common/follow-handlers.ts';
import { lossReport } from './common/loss-report.ts';
import { Subscriptions } from './common/subscriptions.ts';
import { createDeadLetters } from './sql/dead-letters.ts';
import { eraseMessages } from './sql/erase.ts';
import { followLog } from './sql/follower.ts';
import { joinGroup } from './sql/join-group.ts';
import { readLag } from './sql/lag.ts';
import { createSqlLog } from './sql/log.ts';
import { startMaintenance } from './sql/maintenance.ts';
import { startMember } from './sql/member.ts';
import { assertStorable, type Call, storeMessages } from './sql/publish.ts';
import { createStoreRejected } from './sql/rejected-messages.ts';
import { DEFAULTS, type SqlBrokerOptions } from './sql/settings.ts';
import { CHANNEL, type WakeUp, WakeUps } from './sql/wake-ups.ts';

export type { SqlBrokerOptions } from './sql/settings.ts';

/** The tables. To be run before a broker is used, and after each update. */
export const readSqlBrokerSchema = (): Promise<string> =>
  readFile(new URL('./sql/schema.sql', import.meta.url), 'utf8');

/** A broker in the tables of a database. */
export interface SqlBroker extends Broker {
  /**
   * Stores messages in the caller's transaction: they are published if, and only if, that commits. Other
   * publishers wait from this call until then, so it comes last in the transaction.
   */
  publishIn(session: SqlSession, topic: string, messages: readonly Message[]): Promise<void>;
}

const ping = statement('broker_ping', 'SELECT 1 FROM broker_head');

/**
 * Messages in Postgres or PGlite, for any number of processes. Has all features; ids are known as long as
 * their message is kept. Messages of one key reach a group one after the other: none is delivered while an
 * earlier one is unsettled, those of the same batch excepted. Closing it does not close `db`.
 */
export function createSqlBroker(db: SqlDatabase, options: SqlBrokerOptions): SqlBroker {
  const settings = { ...DEFAULTS, ...options };
  const { logger, retryDelayMs } = settings;
  const log = createSqlLog(db);
  const wakeUps = new WakeUps();
  const storeRejected = createStoreRejected(db, settings);
  const maintenance = startMaintenance(db, settings);
  const subscriptions = new Subscriptions();
  const closing = new AbortController();
  let listener: Promise<Subscription> | undefined;

  const publisher = createBatcher<Call>((calls) => storeMessages(db, calls), {
    maxBatch: 500,
    concurrency: 1,
    maxWaiting: 10_000,
  });

  async function run<T>(work: (db: SqlDatabase) => Promise<T>): Promise<T> {
    if (closing.signal.aborted) throw new BrokerUnavailableError('the broker is closed');
    try {
      return await work(db);
    } catch (cause) {
      if (cause instanceof NoSuchDeadLetterError) throw cause;
      throw new BrokerUnavailableError('the database did not confirm', { cause });
    }
  }

  /** Also while the database is unavailable: tries again until the broker is closed. */
  function runForever<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { signal } = closing;
    return run(() => retryForever(work, { what, logger, signal, delayMs: retryDelayMs }));
  }

  function subscribe(topics: readonly string[], start: (wakeUp: WakeUp) => Subscription): Subscription {
    listener ??= Promise.resolve(
      db.listen?.(CHANNEL, (topic) => wakeUps.wake(topic)) ?? { close: async () => {} },
    );
    const wakeUp = wakeUps.add(topics);
    const started = start(wakeUp);
    return subscriptions.add(async () => {
      await started.close();
      wakeUps.delete(wakeUp);
    });
  }

  return {
    deadLetters: createDeadLetters(run),

    async publish(topic, messages) {
      const call = { topic, messages };
      assertStorable(call);
      await run(() => publisher.add(call));
      await maintenance.published(messages.length);
    },

    async publishIn(session, topic, messages) {
      const call = { topic, messages };
      assertStorable(call);
      await storeMessages(session, [call]);
    },

    async consume(topics, group, handler, consumeOptions) {
      await runForever('join the group', () => joinGroup(db, group, topics));
      const context = { db, group, topics, storeRejected, settings };
      return subscribe(topics, (wakeUp) => startMember({ ...context, wakeUp }, handler, consumeOptions));
    },

    async follow(topics, handlers) {
      const { end } = await runForever('follow', () => log.history(topics));
      const safeHandlers = logHandlerErrors(handlers, topics, logger);
      const subscription = subscribe(topics, (wakeUp) =>
        runInBackground((signal) => followLog(topics, end, safeHandlers, { log, wakeUp, settings }, signal)),
      );
      return { from: String(end), ...subscription };
    },

    read: (topics, after, limit) => run(() => log.after(topics, Number(after ?? 0), limit)),
    positionAt: async (topics, since) => String(await run(() => log.before(topics, since))),
    history: (topics) => run(() => log.history(topics)),
    positionOf: String,
    seqOf: Number,
    // What a group has taken and not settled is kept for it.
    async detectLoss(topics, group, since) {
      const { start } = await run(() => log.history(topics));
      const taken = (await run(() => log.takenTo(group, topics))) ?? start;
      return lossReport(since, start, taken);
    },
    lag: (topics, group) => run(() => readLag(db, topics, group)),
    erase: (topic, ids, since) => run(() => eraseMessages(db, topic, ids, since)),

    async ping() {
      await run(() => db.run(ping));
    },

    async close() {
      closing.abort(new BrokerUnavailableError('the broker is closed'));
      await publisher.idle();
      await subscriptions.close();
      await (await listener)?.close();
      await maintenance.close();
    },
  };
}
