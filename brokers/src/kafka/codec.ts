import type { Message, StoredMessage } from '@meower/shared/message/capabilities.ts';
import type { KafkaRecord, MessageToProduce, RecordsBatch } from '@platformatic/kafka';

export type ProducedRecord = MessageToProduce<Buffer, Buffer, Buffer, Buffer>;

/** A message in its partition. */
export interface Located {
  /** Its position is that in the partition alone. */
  message: StoredMessage;
  offset: number;
}

const ID = 'message-id';
/** The server has replaced the times of this batch by its own. */
const LOG_APPEND_TIME = 8;
const NOTHING = Buffer.alloc(0);

/** CloudEvents in binary mode (Kafka protocol binding 1.0.2): attributes are headers `ce_…`. */
export function encodeRecord(topic: string, { id, key, metadata, payload }: Message): ProducedRecord {
  const headers = new Map([[Buffer.from(ID), Buffer.from(id)]]);
  for (const [name, value] of Object.entries(metadata)) {
    if (name === ID) throw new TypeError(`the metadata name ${ID} is that of the id`);
    headers.set(Buffer.from(name.replace(/^ce-/, 'ce_')), Buffer.from(value));
  }
  const value = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  return { topic, headers, value, ...(key === undefined ? {} : { key: Buffer.from(key) }) };
}

/**
 * Of other publishers: the id of their CloudEvent, else the place in the topic; a tombstone has an empty
 * payload.
 */
export function decodeRecord(
  batch: RecordsBatch,
  record: KafkaRecord,
  at: { topic: string; partition: number },
): Located {
  const metadata: Record<string, string> = {};
  let id: string | undefined;
  for (const [header, value] of record.headers) {
    const name = String(header ?? '');
    if (name === ID) id = String(value ?? '');
    else metadata[name.replace(/^ce_/, 'ce-')] = String(value ?? '');
  }
  const offset = Number(batch.firstOffset) + record.offsetDelta;
  const stamp =
    batch.attributes & LOG_APPEND_TIME ? batch.maxTimestamp : batch.firstTimestamp + record.timestampDelta;
  return {
    offset,
    message: {
      id: id ?? metadata['ce-id'] ?? `${at.topic}:${at.partition}:${offset}`,
      key: record.key ? String(record.key) : undefined,
      metadata,
      payload: record.value ?? NOTHING,
      topic: at.topic,
      position: `${at.topic}:${at.partition}=${offset + 1}`,
      publishedAt: new Date(Number(stamp)),
    },
  };
}
