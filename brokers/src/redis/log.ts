import type { Position, StoredMessage } from '@meower/shared/message/capabilities.ts';
import { decode, type Entry } from './codec.ts';
import type { RedisConnection } from './connection.ts';
import { BEGINNING, type Cursor, compareIds, formatCursor, parseCursor } from './positions.ts';

const PAGE = 1000;

/** The next messages of several topics after a position, in the order of their ids. */
export async function readLog(
  connection: RedisConnection,
  topics: readonly string[],
  after: Position | undefined,
  limit: number,
): Promise<StoredMessage[]> {
  const cursor = parseCursor(after, topics);
  const pages = await connection.run((client) =>
    Promise.all(
      topics.map(async (topic) => {
        const start = `(${cursor.get(topic) ?? BEGINNING}`;
        const entries = (await client.xRange(connection.key(topic), start, '+', { COUNT: limit })) ?? [];
        return entries.map((entry) => decode(topic, entry));
      }),
    ),
  );
  const merged = pages.flat().toSorted((a, b) => compareIds(a.position, b.position));
  return merged.slice(0, limit).map((message) => advance(cursor, message));
}

/** The message with the position of a reader who has read it. */
export function advance(cursor: Cursor, message: StoredMessage): StoredMessage {
  cursor.set(message.topic, message.position);
  return { ...message, position: formatCursor(cursor) };
}

/** The last possible id of the millisecond before. */
export function positionBefore(since: Date): Position {
  const ms = since.getTime();
  return ms > 0 ? `${ms - 1}-18446744073709551615` : BEGINNING;
}

/** The position after everything published so far. */
export async function endOf(connection: RedisConnection, topics: readonly string[]): Promise<Cursor> {
  return connection.run(async (client) => {
    const ends = topics.map(async (topic): Promise<[string, string]> => {
      const [last] = (await client.xRevRange(connection.key(topic), '+', '-', { COUNT: 1 })) ?? [];
      return [topic, last?.id.toString() ?? BEGINNING];
    });
    return new Map(await Promise.all(ends));
  });
}

/** All entries of a stream from an id on, in pages. */
export async function* pagesOf(
  connection: RedisConnection,
  name: string,
  from = '-',
): AsyncGenerator<Entry[]> {
  for (let start = from; ; ) {
    const page: Entry[] = await connection.run(
      async (client) => (await client.xRange(connection.key(name), start, '+', { COUNT: PAGE })) ?? [],
    );
    yield page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    start = `(${last.id.toString()}`;
  }
}
