import type { Logger } from 'pino';
import type { FollowHandlers, StoredMessage } from '../capabilities.ts';

/**
 * The same handlers, but an error that one throws is logged, and the follower goes on with the next message.
 */
export function logHandlerErrors<M extends StoredMessage>(
  handlers: FollowHandlers<M>,
  topics: readonly string[],
  logger: Pick<Logger, 'error'>,
): FollowHandlers<M> {
  const attempt = (call: () => void) => {
    try {
      call();
    } catch (err) {
      logger.error({ err, topics }, 'a follower failed: it goes on with the next message');
    }
  };
  return {
    onMessage: (message) => attempt(() => handlers.onMessage(message)),
    onReset: () => attempt(() => handlers.onReset()),
    onAnnounced: (message) => attempt(() => handlers.onAnnounced?.(message)),
  };
}
