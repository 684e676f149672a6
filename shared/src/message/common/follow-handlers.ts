import type { Logger } from 'pino';
import type { FollowHandlers } from '../broker.ts';

/**
 * The same handlers, but an error that one throws is logged, and the follower goes on with the next message.
 */
export function logHandlerErrors(
  handlers: FollowHandlers,
  topic: string,
  logger: Pick<Logger, 'error'>,
): FollowHandlers {
  const attempt = (call: () => void) => {
    try {
      call();
    } catch (err) {
      logger.error({ err, topic }, 'a follower failed: it goes on with the next message');
    }
  };
  return {
    onMessage: (message) => attempt(() => handlers.onMessage(message)),
    onReset: () => attempt(() => handlers.onReset()),
  };
}
