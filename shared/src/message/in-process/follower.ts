import type { FollowHandlers, SequencedMessage } from '../capabilities.ts';
import type { InProcessLog } from './log.ts';

const MESSAGES_PER_TURN = 1000;

export type InProcessFollower = ReturnType<typeof createFollower>;

/** Delivers to one follower what is appended to a log, in a later turn of the event loop. */
export function createFollower(
  log: InProcessLog,
  topics: ReadonlySet<string>,
  handlers: FollowHandlers<SequencedMessage>,
) {
  const from = log.history.end;
  let seq = from;
  let scheduled: NodeJS.Immediate | undefined;
  let closed = false;

  const wake = () => {
    if (!closed) scheduled ??= setImmediate(deliver);
  };
  const deliver = () => {
    scheduled = undefined;
    if (seq < log.history.start) handlers.onReset();
    const { messages, end } = log.after(topics, seq, MESSAGES_PER_TURN);
    for (const message of messages) {
      if (closed) return;
      handlers.onMessage(message);
    }
    seq = end;
    if (end < log.history.end) wake();
  };
  return {
    /** The number from which it follows. */
    from,
    /** To be called after each append. */
    wake,
    close() {
      closed = true;
      clearImmediate(scheduled);
    },
  };
}
