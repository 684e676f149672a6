import type { Position } from '@meower/shared/message/capabilities.ts';

/** The offset of the next message of each partition, which is named `topic:partition`. */
export type Offsets = Map<string, number>;

export function partitionName(topic: string, partition: number): string {
  return `${topic}:${partition}`;
}

export function parsePartitionName(name: string): { topic: string; partition: number } {
  const colon = name.lastIndexOf(':');
  return { topic: name.slice(0, colon), partition: Number(name.slice(colon + 1)) };
}

/** `orders:0=12,orders:1=7` */
export function toPosition(offsets: Iterable<[string, number]>): Position {
  return Array.from(offsets, ([partition, offset]) => `${partition}=${offset}`).join(',');
}

export function parsePosition(position: Position): Offsets {
  const pairs = position === '' ? [] : position.split(',');
  return new Map(
    pairs.map((pair) => {
      const [, name, offset] = /^(.+:\d+)=(\d+)$/.exec(pair) ?? [];
      if (name === undefined) throw new TypeError(`not a position of Kafka: ${position}`);
      return [name, Number(offset)];
    }),
  );
}
