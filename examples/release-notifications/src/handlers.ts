import { hash } from 'node:crypto';
import type { SqlDatabase } from '@meower/shared/db/sql.ts';
import type { Consumer, Publisher } from '@meower/shared/message/capabilities.ts';
import { UnavailableError } from '@meower/shared/message/router/failure.ts';
import type { Handle, Middleware } from '@meower/shared/message/router/handler.ts';
import { circuitBreaker } from '@meower/shared/message/router/middleware/circuit-breaker.ts';
import { correlationId } from '@meower/shared/message/router/middleware/correlation-id.ts';
import { logging } from '@meower/shared/message/router/middleware/logging.ts';
import { throttle } from '@meower/shared/message/router/middleware/throttle.ts';
import { createRouter, type Router } from '@meower/shared/message/router/router.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { archive } from './archive.ts';
import { type Deployment, PRODUCTION, readDeployment, readEvent, toMessage } from './events.ts';
import type { Notify } from './receivers.ts';

export interface HandlersOptions {
  log: Publisher & Consumer;
  deployments: Publisher & Consumer;
  topics: { events: string; deployments: string };
  db: SqlDatabase;
  slack: Notify;
  grafana: Notify;
  /** The longest time from a push to its simulated deployment to production. 0: none is simulated. */
  simulatedMs: number;
  slackPerSecond: number;
  logger: Logger;
  use: readonly Middleware[];
}

/**
 * Each handler is a group of its own: one whose receiver is down holds up no other. What can never be handled
 * becomes a dead letter (Watermill's poison queue).
 */
export function createHandlers(options: HandlersOptions): Router {
  const { log, deployments, topics, db, slack, grafana, simulatedMs, slackPerSecond, logger, use } = options;
  const events = { consumer: log, topic: topics.events };
  const patient = { timeoutMs: 10_000, backoff: { firstMs: 200, longestMs: 15_000 } };
  const router = createRouter({ logger, use: [correlationId, logging(logger), ...use], policy: patient })
    .add({
      name: 'deployments',
      from: { consumer: deployments, topic: topics.deployments },
      to: { publisher: log, topic: topics.events },
      handle: toEvent,
    })
    .add({
      name: 'slack',
      from: events,
      // Messages that wait for their turn are no failures of Slack.
      use: [throttle({ perSecond: slackPerSecond }), circuitBreaker()],
      policy: { concurrency: 2 },
      handle: (message, signal) => slack(readEvent(message), signal),
    })
    .add({
      name: 'grafana',
      from: events,
      use: [circuitBreaker()],
      handle: (message, signal) => grafana(readEvent(message), signal),
    })
    .add({ name: 'archive', from: events, handle: archive(db) });
  if (simulatedMs > 0)
    for (const [env, share] of [
      ['pre-production', 0.4],
      [PRODUCTION, 1],
    ] as const)
      router.add({
        name: `deploy-to-${env}`,
        from: events,
        to: { publisher: deployments, topic: topics.deployments },
        handle: deployTo(env, share * simulatedMs),
      });
  return router;
}

const toEvent: Handle = async ({ payload }) => {
  const { commit_id: id, env, timestamp } = readDeployment(payload);
  return [toMessage({ type: 'commitDeployed', id, env, occurred_on: timestamp })];
};

/**
 * Announces a deployment at a random time, from half of `longestMs` on, after the push. Until then the message
 * is given back to the broker, with the delay that is left. The time follows from the id: it is the same each
 * time.
 */
function deployTo(env: string, longestMs: number): Handle {
  return async (message) => {
    const event = readEvent(message);
    if (event.type !== 'commitPushed') return [];
    const random = Number.parseInt(hash('sha256', `${env} ${message.id}`).slice(0, 8), 16) / 2 ** 32;
    const dueMs = message.publishedAt.getTime() + longestMs * (0.5 + 0.5 * random);
    const leftMs = dueMs - Date.now();
    if (leftMs > 0)
      throw new UnavailableError(`${event.id} is not deployed to ${env} yet`, { retryAfterMs: leftMs });
    const deployment: Deployment = { commit_id: event.id, env, timestamp: new Date(dueMs).toISOString() };
    return [{ key: event.id, payload: Buffer.from(JSON.stringify(deployment)) }];
  };
}
