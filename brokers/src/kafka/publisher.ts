import { createBatcher } from '@meower/shared/async/batcher.ts';
import type { Message } from '@meower/shared/message/capabilities.ts';
import { toPieces } from '@meower/shared/message/common/pieces.ts';
import { ProduceAcks, Producer } from '@platformatic/kafka';
import { encodeRecord, type ProducedRecord } from './codec.ts';
import { clientOptions, type KafkaSettings } from './config.ts';
import { translated } from './errors.ts';

/** Of one request: the server refuses a partition's share of more than 1 MiB (`max.message.bytes`). */
const LIMIT = { maxBytes: 900_000, maxItems: 2000 };
/** Of a record, next to its payload. */
const OVERHEAD_BYTES = 300;

interface Piece {
  records: ProducedRecord[];
  bytes: number;
}

export type KafkaPublisher = ReturnType<typeof createPublisher>;

/**
 * Stores messages on all in-sync replicas. One request at a time: of concurrent ones of an idempotent
 * producer all but one were lost (github.com/platformatic/kafka/issues/326), and their order was not that of
 * the calls. Calls meanwhile share the next one.
 */
export function createPublisher(settings: KafkaSettings) {
  // An idempotent producer may repeat a request whose answer was lost.
  const producer = new Producer({ ...clientOptions(settings), idempotent: true, acks: ProduceAcks.ALL });

  /** After a failure nothing further is sent: a later message must not be stored before an earlier one. */
  const sendAll = async (pieces: readonly Piece[]) => {
    const outcomes: (Error | undefined)[] = [];
    let failure: Error | undefined;
    for (let start = 0; start < pieces.length; ) {
      const end = endOfRequest(pieces, start);
      const messages = pieces.slice(start, end).flatMap(({ records }) => records);
      if (!failure)
        // `translated` rejects with errors only.
        await translated(producer.send({ messages })).catch((error: Error) => {
          failure = error;
        });
      for (; start < end; start++) outcomes.push(failure);
    }
    return outcomes;
  };
  const batcher = createBatcher<Piece>(sendAll, {
    maxBatch: 100,
    concurrency: 1,
    maxWaiting: 10_000,
  });

  return {
    async publish(topic: string, messages: readonly Message[]): Promise<void> {
      const encoded = messages.map((message) => encodeRecord(topic, message));
      for (const records of toPieces(encoded, sizeOf, LIMIT))
        await batcher.add({ records, bytes: records.reduce((sum, record) => sum + sizeOf(record), 0) });
    },
    async close(): Promise<void> {
      await batcher.idle();
      await producer.close();
    },
  };
}

function endOfRequest(pieces: readonly Piece[], start: number): number {
  let bytes = 0;
  let messages = 0;
  let end = start;
  for (; end < pieces.length; end++) {
    const piece = pieces[end] as Piece; // within the array
    bytes += piece.bytes;
    messages += piece.records.length;
    if (end > start && (bytes > LIMIT.maxBytes || messages > LIMIT.maxItems)) break;
  }
  return end;
}

function sizeOf({ value }: ProducedRecord): number {
  return OVERHEAD_BYTES + (value?.length ?? 0);
}
