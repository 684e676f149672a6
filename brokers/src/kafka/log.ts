import type { Position, StoredMessage } from '@meower/shared/message/capabilities.ts';
import type { Located } from './codec.ts';
import type { KafkaContext } from './context.ts';
import { type Offsets, parsePosition, toPosition } from './offsets.ts';
import { EARLIEST, KafkaReader, LATEST } from './reader.ts';

/** Of one request, for messages that are there. */
const MAX_WAIT_MS = 100;

/** Runs `read` with a reader of its own: a reader serves one loop. */
export async function withReader<T>(
  { settings, topics: known }: KafkaContext,
  topics: readonly string[],
  read: (reader: KafkaReader) => Promise<T>,
): Promise<T> {
  await known.ensure(topics);
  const reader = new KafkaReader(settings, topics);
  try {
    return await read(reader);
  } finally {
    await reader.close();
  }
}

/**
 * The next messages after a position. Within a partition in its order; those of several partitions by their
 * times, as far as they are stored now. Partitions that the position does not name are read from their start.
 */
export async function readLog(
  reader: KafkaReader,
  after: Position | undefined,
  limit: number,
): Promise<StoredMessage[]> {
  const [starts, ends] = await Promise.all([reader.offsets(EARLIEST), reader.offsets(LATEST)]);
  const wanted = parsePosition(after ?? '');
  const offsets: Offsets = new Map();
  for (const [name, start] of starts) {
    const from = wanted.get(name) ?? start;
    // One behind the end is of a topic that was recreated.
    offsets.set(name, from > (ends.get(name) ?? 0) ? start : Math.max(start, from));
  }
  const fetched = new Map<string, Located[]>();
  const next = new Map(offsets);
  const messages: StoredMessage[] = [];
  while (messages.length < limit) {
    const empty = [...next].filter(([name, at]) => !fetched.get(name)?.length && at < (ends.get(name) ?? 0));
    if (empty.length > 0) {
      for (const page of await reader.poll(new Map(empty), MAX_WAIT_MS)) {
        next.set(page.partition, page.next);
        fetched.set(page.partition, page.messages.toReversed());
      }
      continue;
    }
    const queues = [...fetched].filter(([, queue]) => queue.length > 0);
    if (queues.length === 0) break;
    const [name, queue] = queues.reduce((a, b) => (timeOf(b[1]) < timeOf(a[1]) ? b : a));
    const { message, offset } = queue.pop() as Located; // not empty
    offsets.set(name, offset + 1);
    messages.push(Object.assign(message, { position: toPosition(offsets) }));
  }
  return messages;
}

function timeOf(queue: readonly Located[]): number {
  return queue.at(-1)?.message.publishedAt.getTime() ?? 0;
}
