import type { Lag } from '@meower/shared/message/capabilities.ts';
import type { RedisConnection } from './connection.ts';
import { pagesOf } from './log.ts';
import { BEGINNING, compareIds } from './positions.ts';

/** As `LagReader.lag`. */
export async function readLag(
  connection: RedisConnection,
  topics: readonly string[],
  group: string,
): Promise<Lag> {
  const all = await Promise.all(topics.map((topic) => lagOf(connection, topic, group)));
  const [oldest] = all.flatMap((one) => one.oldest ?? []).sort(compareIds);
  return {
    messages: all.reduce((sum, one) => sum + one.messages, 0),
    // An id begins with the milliseconds of the server's clock.
    oldestAgeMs: oldest === undefined ? 0 : Math.max(0, Date.now() - Number.parseInt(oldest, 10)),
  };
}

/** In one topic: how many the group has not settled, and the id of the oldest. */
async function lagOf(
  connection: RedisConnection,
  topic: string,
  group: string,
): Promise<{ messages: number; oldest: string | undefined }> {
  const key = connection.key(topic);
  const [taken, pending] = await connection.run(async (client) => {
    if (!(await client.exists(key))) return [];
    const found = (await client.xInfoGroups(key)).find(({ name }) => name.toString() === group);
    return found ? [found, await client.xPending(key, group)] : [];
  });
  const last = taken?.['last-delivered-id'].toString() ?? BEGINNING;
  const [next] = await connection.run(
    async (client) => (await client.xRange(key, `(${last}`, '+', { COUNT: 1 })) ?? [],
  );
  // The server does not know the lag, null, after a message that the group has not taken was deleted.
  const fresh: number | null = taken ? taken.lag : null;
  return {
    messages: (pending?.pending ?? 0) + (fresh ?? (await countAfter(connection, topic, last))),
    oldest: (pending?.firstId ?? next?.id)?.toString(),
  };
}

async function countAfter(connection: RedisConnection, topic: string, id: string): Promise<number> {
  let count = 0;
  for await (const page of pagesOf(connection, topic, `(${id}`)) count += page.length;
  return count;
}
