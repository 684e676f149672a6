import { abortable } from '@meower/shared/async/abortable.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import type { FollowHandlers, Position } from '@meower/shared/message/capabilities.ts';
import type { KafkaContext } from './context.ts';
import { type Offsets, toPosition } from './offsets.ts';
import { KafkaReader, LATEST } from './reader.ts';

const POLL_MS = 500;

/** Reads all partitions of its topics from their ends on. */
export function createFollower(
  { settings, topics: known, logger }: KafkaContext,
  topics: readonly string[],
  handlers: FollowHandlers,
) {
  const { retryMs } = settings;
  const reader = new KafkaReader(settings, topics);
  const closing = new AbortController();
  const { signal } = closing;
  const started = Promise.withResolvers<Position>();
  let running: Promise<void> | undefined;

  const poll = async (offsets: Offsets) => {
    for (const { partition, from, next, messages, isCut } of await reader.poll(offsets, POLL_MS)) {
      if (offsets.get(partition) !== from) continue;
      if (isCut) {
        logger.warn({ partition, from, next }, 'messages are gone: reset');
        offsets.set(partition, next);
        handlers.onReset();
      }
      for (const { message, offset } of messages) {
        if (signal.aborted) return;
        offsets.set(partition, offset + 1);
        handlers.onMessage(Object.assign(message, { position: toPosition(offsets) }));
      }
      offsets.set(partition, next);
    }
  };

  const follow = async () => {
    let offsets: Offsets | undefined;
    while (!signal.aborted) {
      try {
        await abortable(known.ensure(topics), signal);
        offsets ??= await reader.offsets(LATEST);
        started.resolve(toPosition(offsets));
        while (!signal.aborted) await poll(offsets);
      } catch (err) {
        if (signal.aborted) break;
        logger.warn({ err, topics, retryInMs: retryMs }, 'could not follow: tries again');
        known.forget(topics);
        await sleep(retryMs, signal);
      }
    }
    await reader.close();
  };

  return {
    /** Resolves to the position that it follows. Waits while the server is unavailable. */
    start(): Promise<Position> {
      running = follow();
      return abortable(started.promise, signal);
    },

    async close(): Promise<void> {
      closing.abort(new Error('the follower is closed'));
      await running;
    },
  };
}
