import { sleep } from '@meower/shared/async/sleep.ts';
import { Admin } from '@platformatic/kafka';
import { clientOptions, type KafkaSettings } from './config.ts';
import { isProtocolError } from './errors.ts';
import { type Offsets, partitionName } from './offsets.ts';

export type KafkaTopics = ReturnType<typeof createTopics>;

/** Creates topics that are missing. An existing topic is used as it is. */
export function createTopics(settings: KafkaSettings) {
  const { partitions, replicas, timeoutMs } = settings;
  const admin = new Admin(clientOptions(settings));
  const known = new Map<string, Promise<void>>();

  const ping = async () => {
    await admin.metadata({ topics: [], forceUpdate: true });
  };

  const hasLeaders = async (topic: string): Promise<boolean> => {
    // The library has no error of its own for an unknown topic: one that follows an answer is taken for it.
    await ping();
    try {
      const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true, retries: 0 });
      const partitions = topics.get(topic)?.partitions ?? [];
      return partitions.length > 0 && partitions.every(({ leader }) => leader >= 0);
    } catch {
      return false;
    }
  };

  const create = async (topic: string) => {
    if (await hasLeaders(topic)) return;
    const configs = [
      // Without a limit.
      { name: 'retention.ms', value: '-1' },
      // Times that never decrease within a partition, for `positionAt`.
      { name: 'message.timestamp.type', value: 'LogAppendTime' },
    ];
    try {
      await admin.createTopics({ topics: [topic], partitions, replicas, configs });
    } catch (error) {
      if (!isProtocolError(error, 'TOPIC_ALREADY_EXISTS')) throw error;
    }
    const deadline = performance.now() + timeoutMs;
    while (!(await hasLeaders(topic))) {
      if (performance.now() > deadline)
        throw new Error(`the topic ${topic} got no leader in ${timeoutMs} ms`);
      await sleep(10);
    }
  };

  const ensureOne = (topic: string) => {
    const ensured =
      known.get(topic) ??
      create(topic).catch((error: unknown) => {
        known.delete(topic);
        throw error;
      });
    known.set(topic, ensured);
    return ensured;
  };

  return {
    /** Resolves once the topics can be used. Rejects when the server does not answer. */
    async ensure(topics: readonly string[]): Promise<void> {
      await Promise.all(topics.map(ensureOne));
    },
    /** They may have been deleted: the next `ensure` looks again. */
    forget(topics: readonly string[]): void {
      for (const topic of topics) known.delete(topic);
    },
    /** What a group has committed, of all partitions that it has settled anything of. */
    async committed(groupId: string): Promise<Offsets> {
      const [group] = await admin.listConsumerGroupOffsets({ groups: [groupId] });
      const offsets: Offsets = new Map();
      for (const { name, partitions } of group?.topics ?? []) {
        for (const { partitionIndex, committedOffset } of partitions)
          if (committedOffset >= 0n)
            offsets.set(partitionName(name, partitionIndex), Number(committedOffset));
      }
      return offsets;
    },
    ping,
    close: () => admin.close(),
  };
}
