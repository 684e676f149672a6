import { type Logger, pino } from 'pino';
import type { Broker } from './capabilities.ts';
import { HANDLER_TIMEOUT_MS } from './common/defaults.ts';
import { logHandlerErrors } from './common/follow-handlers.ts';
import { lossReport } from './common/loss-report.ts';
import { Subscriptions } from './common/subscriptions.ts';
import { untilClosed } from './common/until-closed.ts';
import { createDeadLetters } from './in-process/dead-letters.ts';
import { createFollower, type InProcessFollower } from './in-process/follower.ts';
import { InProcessGroup } from './in-process/group.ts';
import { InProcessLog } from './in-process/log.ts';

interface InProcessOptions {
  /** Messages kept, also the dedupe window. Default 100,000. */
  keepMessages?: number;
  /** Dead letters kept; further ones are refused. Default 10,000. */
  keepDeadLetters?: number;
  /** A handler running longer than this loses its batch to the other members. Default 10 minutes. */
  handlerTimeoutMs?: number;
  logger?: Pick<Logger, 'error'>;
}

/**
 * A broker in the memory of this process: publishers and subscribers must share it, and it ends with the
 * process.
 */
export function createInProcessBroker(options: InProcessOptions = {}): Broker {
  const { keepMessages = 100_000, keepDeadLetters = 10_000, handlerTimeoutMs = HANDLER_TIMEOUT_MS } = options;
  const { logger = pino({ name: 'in-process-broker' }) } = options;
  // In microseconds: a later broker starts above every number that this one can reach.
  const base = Math.floor((performance.timeOrigin + performance.now()) * 1000);
  const log = new InProcessLog(base, keepMessages);
  const groups = new Map<string, InProcessGroup>();
  const followers = new Set<InProcessFollower>();
  const subscriptions = new Subscriptions();

  const deadLetters = createDeadLetters({
    limit: keepDeadLetters,
    redeliver(name, message) {
      for (const group of groups.values()) if (group.is(name, message.topic)) group.redeliver(message);
    },
  });

  function groupOf(topics: readonly string[], name: string): InProcessGroup {
    const key = JSON.stringify([name, ...topics.toSorted()]);
    let group = groups.get(key);
    if (!group) {
      const options = { name, topics: new Set(topics), handlerTimeoutMs, logger };
      group = new InProcessGroup(log, deadLetters, options);
      groups.set(key, group);
    }
    return group;
  }

  const methods: Omit<Broker, 'close' | 'deadLetters' | 'positionOf' | 'seqOf'> = {
    async publish(topic, messages) {
      for (const message of messages) log.append(topic, message);
      for (const follower of followers) follower.wake();
      for (const group of groups.values()) group.wake();
    },

    async consume(topics, group, handler, consumeOptions) {
      const member = groupOf(topics, group).join(handler, consumeOptions);
      return subscriptions.add(() => member.close());
    },

    async follow(topics, handlers) {
      const follower = createFollower(log, new Set(topics), logHandlerErrors(handlers, topics, logger));
      followers.add(follower);
      const subscription = subscriptions.add(async () => {
        follower.close();
        followers.delete(follower);
      });
      return { from: String(follower.from), ...subscription };
    },

    read: async (topics, after, limit) => log.after(new Set(topics), Number(after ?? 0), limit).messages,
    positionAt: async (_topics, since) => String(log.before(since)),
    history: async () => log.history,
    detectLoss: async (topics, group, since) =>
      lossReport(since, log.history.start, groupOf(topics, group).settledTo),
    lag: async (topics, group) => groupOf(topics, group).lag,
    erase: async (topic, ids, since) => log.erase(topic, ids, since) + deadLetters.erase(topic, ids, since),
    ping: async () => {},
  };
  const closable = untilClosed(methods, () => subscriptions.close());
  return { deadLetters, positionOf: String, seqOf: Number, ...closable };
}
