import { createBatcher } from '@meower/shared/async/batcher.ts';
import type { Message } from '@meower/shared/message/capabilities.ts';
import { ProduceAcks, Producer } from '@platformatic/kafka';
import { encodeRecord, type ProducedRecord } from './codec.ts';
import { clientOptions, type KafkaSettings } from './config.ts';
import { translated } from './errors.ts';

/** Of one request: the server refuses a partition's share of more than 1 MiB (`max.message.bytes`). */
const LIMIT = { bytes: 900_000, messages: 2000 };
/** Of a record, next to its payload. */
const OVERHEAD_BYTES = 300;

interface Piece {
  records: ProducedRecord[];
  bytes: number;
}

/**
 * Stores messages on all in-sync replicas. One request at a time: of concurrent ones of an idempotent
 * producer all but one were lost (github.com/platformatic/kafka/issues/326), and their order was not that of
 * the calls. Calls meanwhile share the next one.
 */
export class KafkaPublisher {
  readonly #producer: Producer;
  readonly #batcher = createBatcher<Piece>((pieces) => this.#sendAll(pieces), {
    maxBatch: 100,
    concurrency: 1,
    maxWaiting: 10_000,
  });

  constructor(settings: KafkaSettings) {
    // An idempotent producer may repeat a request whose answer was lost.
    this.#producer = new Producer({ ...clientOptions(settings), idempotent: true, acks: ProduceAcks.ALL });
  }

  async publish(topic: string, messages: readonly Message[]): Promise<void> {
    for (const piece of toPieces(messages.map((message) => encodeRecord(topic, message))))
      await this.#batcher.add(piece);
  }

  async close(): Promise<void> {
    await this.#batcher.idle();
    await this.#producer.close();
  }

  /** After a failure nothing further is sent: a later message must not be stored before an earlier one. */
  async #sendAll(pieces: readonly Piece[]): Promise<(Error | undefined)[]> {
    const outcomes: (Error | undefined)[] = [];
    let failure: Error | undefined;
    for (let start = 0; start < pieces.length; ) {
      const end = endOfRequest(pieces, start);
      const messages = pieces.slice(start, end).flatMap(({ records }) => records);
      if (!failure)
        // `translated` rejects with errors only.
        await translated(this.#producer.send({ messages })).catch((error: Error) => {
          failure = error;
        });
      for (; start < end; start++) outcomes.push(failure);
    }
    return outcomes;
  }
}

function endOfRequest(pieces: readonly Piece[], start: number): number {
  let bytes = 0;
  let messages = 0;
  let end = start;
  for (; end < pieces.length; end++) {
    const piece = pieces[end] as Piece; // within the array
    bytes += piece.bytes;
    messages += piece.records.length;
    if (end > start && (bytes > LIMIT.bytes || messages > LIMIT.messages)) break;
  }
  return end;
}

function toPieces(records: readonly ProducedRecord[]): Piece[] {
  const pieces: Piece[] = [];
  for (const record of records) {
    const bytes = OVERHEAD_BYTES + (record.value?.length ?? 0);
    const last = pieces.at(-1);
    if (last && last.bytes + bytes <= LIMIT.bytes && last.records.length < LIMIT.messages) {
      last.records.push(record);
      last.bytes += bytes;
    } else pieces.push({ records: [record], bytes });
  }
  return pieces;
}
