import type { FollowHandlers, SequencedMessage } from '../capabilities.ts';
import type { SqlLog } from './log.ts';
import type { SqlBrokerSettings } from './settings.ts';
import type { WakeUp } from './wake-ups.ts';

const PAGE = 1000;

interface FollowerContext {
  log: SqlLog;
  wakeUp: WakeUp;
  settings: SqlBrokerSettings;
}

/** Delivers what is appended after `seq` until the signal aborts. */
export async function followLog(
  topics: readonly string[],
  from: number,
  handlers: FollowHandlers<SequencedMessage>,
  { log, wakeUp, settings }: FollowerContext,
  signal: AbortSignal,
): Promise<void> {
  let seq = from;
  const wake = () => wakeUp.set();
  signal.addEventListener('abort', wake);
  while (!signal.aborted) {
    wakeUp.clear();
    try {
      const messages = await log.after(topics, seq, PAGE);
      // Asked afterwards: what was deleted before the page was read is known by now.
      const { start, end } = await log.history(topics);
      if (signal.aborted) return;
      if (start > seq || end < seq) {
        handlers.onReset();
        seq = start > seq ? start : end;
      }
      for (const message of messages) {
        if (signal.aborted) return;
        handlers.onMessage(message);
        seq = Math.max(seq, message.seq);
      }
      if (messages.length < PAGE) await wakeUp.wait(settings.pollIntervalMs);
    } catch (err) {
      settings.logger.warn(
        { err, topics, retryInMs: settings.retryDelayMs },
        'could not read the log, trying again',
      );
      await wakeUp.wait(settings.retryDelayMs);
    }
  }
}
