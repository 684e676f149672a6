import { hash } from 'node:crypto';
import { UnavailableError } from '@meower/shared/message/router/failure.ts';
import type { Handle } from '@meower/shared/message/router/handler.ts';
import { type Deployment, readEvent } from '../events.ts';

/**
 * Instead of the teams that deploy: announces a deployment at a random time, half of `longestMs` or more after
 * the push. Until then the broker keeps the message. The time follows from the id: it is the same each time.
 */
export function deployTo(env: string, longestMs: number): Handle {
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
