import { type Logger, pino } from 'pino';
import { type Broker, BrokerUnavailableError, type Subscription } from './broker.ts';
import { logHandlerErrors } from './common/follow-handlers.ts';
import { InProcessDeadLetters } from './in-process/dead-letters.ts';
import { InProcessFollower } from './in-process/follower.ts';
import { InProcessGroup } from './in-process/group.ts';
import { InProcessLog } from './in-process/log.ts';

export interface InProcessOptions {
  /** Messages kept for each topic, also the dedupe window. Default 100,000. */
  keepMessages?: number;
  /** Dead letters kept; further ones are refused. Default 10,000. */
  keepDeadLetters?: number;
  /** A handler running longer than this loses its batch to the other members. Default 10 minutes. */
  handlerTimeoutMs?: number;
  /** Messages of a group that may be unsettled or wait for redelivery. Default 10,000. */
  maxAckPending?: number;
  logger?: Pick<Logger, 'error'>;
  now?: () => Date;
}

interface Topic {
  log: InProcessLog;
  groups: Map<string, InProcessGroup>;
  followers: Set<InProcessFollower>;
}

/**
 * A broker in the memory of this process: publishers and subscribers must share it, and it ends with the
 * process.
 */
export function createInProcessBroker(options: InProcessOptions = {}): Broker {
  const { keepMessages = 100_000, keepDeadLetters = 10_000, now = () => new Date() } = options;
  const { handlerTimeoutMs = 600_000, maxAckPending = 10_000 } = options;
  const logger = options.logger ?? pino({ name: 'in-process-broker' });
  // In microseconds: a later broker starts above every position that this one can reach.
  const base = Math.floor((performance.timeOrigin + performance.now()) * 1000);
  const topics = new Map<string, Topic>();
  const subscriptions = new Set<Subscription>();
  let closed = false;

  const deadLetters = new InProcessDeadLetters(base, {
    limit: keepDeadLetters,
    now,
    republish: (name, message) => {
      topicOf(name).log.appendAgain(message);
      wake(topicOf(name));
    },
  });

  function topicOf(name: string): Topic {
    if (closed) throw new BrokerUnavailableError('the broker is closed');
    let topic = topics.get(name);
    if (!topic) {
      topic = { log: new InProcessLog(base, keepMessages), groups: new Map(), followers: new Set() };
      topics.set(name, topic);
    }
    return topic;
  }

  function groupOf(name: string, groupName: string): InProcessGroup {
    const { groups, log } = topicOf(name);
    let group = groups.get(groupName);
    if (!group) {
      group = new InProcessGroup(log, deadLetters, { topic: name, handlerTimeoutMs, maxAckPending, logger });
      groups.set(groupName, group);
    }
    return group;
  }

  function wake({ groups, followers }: Topic): void {
    for (const follower of followers) follower.wake();
    for (const group of groups.values()) group.wake();
  }

  function tracked(close: () => Promise<void>): Subscription {
    const subscription = {
      close: async () => {
        await close();
        subscriptions.delete(subscription);
      },
    };
    subscriptions.add(subscription);
    return subscription;
  }

  return {
    deadLetters,

    async publish(name, messages) {
      const topic = topicOf(name);
      for (const message of messages) topic.log.append(message);
      wake(topic);
    },

    async consume(name, groupName, handler, consumeOptions) {
      const member = groupOf(name, groupName).join(handler, consumeOptions);
      return tracked(() => member.close());
    },

    async follow(name, handlers) {
      const { log, followers } = topicOf(name);
      const follower = new InProcessFollower(log, logHandlerErrors(handlers, name, logger));
      followers.add(follower);
      const subscription = tracked(async () => {
        follower.close();
        followers.delete(follower);
      });
      return { from: follower.from, ...subscription };
    },

    async history(name) {
      return topicOf(name).log.history;
    },

    async read(name, after, limit) {
      return topicOf(name).log.after(after, limit);
    },

    async ping() {
      if (closed) throw new BrokerUnavailableError('the broker is closed');
    },

    async close() {
      closed = true;
      await Promise.all([...subscriptions].map((subscription) => subscription.close()));
    },
  };
}
