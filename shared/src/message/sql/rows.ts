import type { Metadata, SequencedMessage } from '../capabilities.ts';

/** The columns of a message `m`, in the types of `MessageRow`. */
export const messageColumns =
  'm.seq::float8 AS seq, m.topic, m.id, m.key, m.metadata, m.payload, m.published_at';

/** A number is a safe integer, so it survives the way through a double. */
export type MessageRow = {
  seq: number;
  topic: string;
  id: string;
  key: string | null;
  metadata: Metadata;
  payload: Uint8Array;
  published_at: Date;
};

export function toMessage(row: MessageRow): SequencedMessage {
  const { seq, topic, id, key, metadata, payload, published_at } = row;
  const position = String(seq);
  return { id, key: key ?? undefined, metadata, payload, topic, position, publishedAt: published_at, seq };
}
