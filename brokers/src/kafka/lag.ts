import type { Lag } from '@meower/shared/message/capabilities.ts';
import type { KafkaContext } from './context.ts';
import { readLog, withReader } from './log.ts';
import { type Offsets, toPosition } from './offsets.ts';
import { EARLIEST, LATEST } from './reader.ts';

/** As `LagReader.lag`. Of a partition, everything behind the oldest unsettled message counts. */
export async function readLag(context: KafkaContext, topics: readonly string[], group: string): Promise<Lag> {
  const groupId = context.settings.groupIdOf(group, topics);
  return withReader(context, topics, async (reader) => {
    const [committed, starts, ends] = await Promise.all([
      context.topics.committed(groupId),
      reader.offsets(EARLIEST),
      reader.offsets(LATEST),
    ]);
    const from: Offsets = new Map();
    let messages = 0;
    for (const [name, start] of starts) {
      const end = ends.get(name) ?? 0;
      const settled = committed.get(name) ?? 0;
      // One behind the end is of a topic that was recreated.
      const next = settled > end ? start : Math.max(start, settled);
      from.set(name, next);
      messages += end - next;
    }
    if (messages === 0) return { messages, oldestAgeMs: 0 };
    const [oldest] = await readLog(reader, toPosition(from), 1);
    // Clocks differ.
    return { messages, oldestAgeMs: oldest ? Math.max(0, Date.now() - oldest.publishedAt.getTime()) : 0 };
  });
}
