import type { FollowHandlers } from '@meower/shared/message/capabilities.ts';
import { repeatUntilAborted } from '@meower/shared/message/common/restart-delay.ts';
import { decode } from './codec.ts';
import { openClient, type RedisConnection } from './connection.ts';
import { advance, endOf } from './log.ts';
import { BEGINNING, type Cursor, compareIds } from './positions.ts';

const PAGE = 1000;

/** Calls `handlers` with what is published after `cursor`, until the signal aborts. */
export async function followLog(
  connection: RedisConnection,
  cursor: Cursor,
  handlers: FollowHandlers,
  signal: AbortSignal,
): Promise<void> {
  const { settings } = connection;
  // Of its own, because reading blocks.
  const reader = openClient(settings);
  signal.addEventListener('abort', () => reader.destroy());
  const run = async () => {
    await resetWhereCut(connection, cursor, handlers);
    for (let isBehind = false; !signal.aborted && !isBehind; ) {
      const streams = [...cursor].map(([topic, id]) => ({ key: connection.key(topic), id }));
      const replies = (await reader.xRead(streams, { COUNT: PAGE, BLOCK: settings.pollIntervalMs })) ?? [];
      for (const { name, messages } of replies) {
        const topic = name.toString().slice(settings.prefix.length);
        isBehind ||= messages.length === PAGE;
        for (const entry of messages)
          if (!signal.aborted) handlers.onMessage(advance(cursor, decode(topic, entry)));
      }
    }
  };
  await repeatUntilAborted(run, { ...settings, signal, of: { topics: [...cursor.keys()] } });
}

/** Whether messages after the cursor are gone cannot be known, only that its own is, and all before it. */
async function resetWhereCut(
  connection: RedisConnection,
  cursor: Cursor,
  handlers: FollowHandlers,
): Promise<void> {
  const ends = await endOf(connection, [...cursor.keys()]);
  for (const [topic, id] of cursor) {
    if (id === BEGINNING) continue;
    const [oldest] =
      (await connection.run((client) => client.xRange(connection.key(topic), '-', '+', { COUNT: 1 }))) ?? [];
    const isCut = !oldest || compareIds(oldest.id.toString(), id) > 0;
    const isRecreated = compareIds(ends.get(topic) ?? BEGINNING, id) < 0;
    if (!isCut && !isRecreated) continue;
    handlers.onReset();
    cursor.set(topic, BEGINNING);
  }
}
