import { Consumer, IS_CONTROL, ListOffsetTimestamps, ResponseError } from '@platformatic/kafka';
import { decodeRecord, type Located } from './codec.ts';
import { clientOptions, type KafkaSettings } from './config.ts';
import { isProtocolError } from './errors.ts';
import { type Offsets, parsePartitionName, partitionName } from './offsets.ts';

export const { EARLIEST, LATEST } = ListOffsetTimestamps;

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;

const BYTES = { partition: 1024 ** 2, response: 8 * 1024 ** 2 };

/** What one request found in a partition. */
export interface Page {
  partition: string;
  /** The offset that was asked for, and the one to ask for next. */
  from: number;
  next: number;
  messages: readonly Located[];
  /** Messages between the two were deleted, or the topic was recreated. */
  isCut: boolean;
}

/**
 * Fetches messages by offset, without a group. Not the library's `MessagesStream`: that starts from stale
 * offsets when partitions move (github.com/platformatic/kafka/issues/223), and fetches again what is only
 * unsettled. One loop may use a reader at a time.
 */
export class KafkaReader {
  readonly #consumer: Consumer;
  readonly #topics: readonly string[];
  /** One request for each server, because each waits there for messages. */
  readonly #requests = new Map<number, Promise<{ node: number; pages?: Page[]; error?: unknown }>>();
  readonly #topicIds = new Map<string, string>();

  constructor(settings: KafkaSettings, topics: readonly string[]) {
    this.#topics = topics;
    this.#consumer = new Consumer({ ...clientOptions(settings), groupId: 'reader', retries: 0 });
    this.#consumer.topics.trackAll(...topics);
  }

  /**
   * Of all partitions: the first message stored at a time in milliseconds or later, `EARLIEST` or `LATEST`.
   */
  async offsets(time: bigint): Promise<Offsets> {
    const found = await this.#consumer.listOffsets({ topics: [...this.#topics], timestamp: time });
    const offsets: Offsets = new Map();
    for (const topic of this.#topics) {
      for (const [partition, offset] of (found.get(topic) ?? []).entries())
        offsets.set(partitionName(topic, partition), Number(offset));
    }
    if (![...offsets.values()].includes(-1)) return offsets;
    const ends = await this.offsets(LATEST);
    return new Map(
      Array.from(offsets, ([name, offset]) => [name, offset < 0 ? (ends.get(name) ?? 0) : offset]),
    );
  }

  /** The next messages of some partitions, of one server; waits for them for up to `maxWaitMs`. */
  async poll(wanted: Offsets, maxWaitMs: number): Promise<Page[]> {
    const { topics } = await this.#consumer.metadata({ topics: [...this.#topics] });
    const recreated = new Set<string>();
    const names = new Map<string, string>();
    for (const [topic, { id }] of topics) {
      names.set(id, topic);
      if ((this.#topicIds.get(topic) ?? id) !== id) recreated.add(topic);
      this.#topicIds.set(topic, id);
    }
    if (recreated.size > 0) return this.#startOf(recreated, wanted);
    const wantedByNode = Map.groupBy(wanted, ([name]) => {
      const { topic, partition } = parsePartitionName(name);
      return topics.get(topic)?.partitions[partition]?.leader ?? -1;
    });
    for (const [node, offsets] of wantedByNode) {
      if (this.#requests.has(node)) continue;
      const request = this.#fetch(node, new Map(offsets), names, maxWaitMs);
      const ended = request.then(
        (pages) => ({ node, pages }),
        (error: unknown) => ({ node, error }),
      );
      this.#requests.set(node, ended);
    }
    const first = await Promise.race(this.#requests.values());
    this.#requests.delete(first.node);
    if (!first.pages) throw first.error;
    return first.pages;
  }

  async close(): Promise<void> {
    await this.#consumer.close(true);
  }

  async #fetch(
    node: number,
    wanted: Offsets,
    topics: Map<string, string>,
    maxWaitMs: number,
  ): Promise<Page[]> {
    const ids = new Map(Array.from(topics, ([id, topic]) => [topic, id]));
    const byTopic = Map.groupBy(wanted, ([name]) => parsePartitionName(name).topic);
    const request = {
      node,
      maxWaitTime: maxWaitMs,
      maxBytes: BYTES.response,
      topics: Array.from(byTopic, ([topic, offsets]) => ({
        topicId: ids.get(topic) ?? '',
        partitions: offsets.map(([name, offset]) => ({
          partition: parsePartitionName(name).partition,
          fetchOffset: BigInt(offset),
          currentLeaderEpoch: -1,
          lastFetchedEpoch: -1,
          partitionMaxBytes: BYTES.partition,
        })),
      })),
    };
    try {
      return pagesOf(await this.#consumer.fetch(request), wanted, topics);
    } catch (error) {
      if (!(error instanceof ResponseError && isProtocolError(error, 'OFFSET_OUT_OF_RANGE'))) throw error;
      return this.#clamp(wanted);
    }
  }

  /**
   * A log that is shorter than it was goes on at its end, one whose oldest messages are gone at its start.
   */
  async #clamp(wanted: Offsets): Promise<Page[]> {
    const [starts, ends] = await Promise.all([this.offsets(EARLIEST), this.offsets(LATEST)]);
    return Array.from(wanted, ([partition, from]) => {
      const next = Math.max(starts.get(partition) ?? 0, Math.min(from, ends.get(partition) ?? 0));
      return { partition, from, next, messages: [], isCut: next !== from };
    });
  }

  async #startOf(topics: ReadonlySet<string>, wanted: Offsets): Promise<Page[]> {
    const starts = await this.offsets(EARLIEST);
    return [...wanted]
      .filter(([partition]) => topics.has(parsePartitionName(partition).topic))
      .map(([partition, from]) => {
        return { partition, from, next: starts.get(partition) ?? 0, messages: [], isCut: true };
      });
  }
}

function pagesOf({ responses }: FetchResponse, wanted: Offsets, topics: Map<string, string>): Page[] {
  const pages: Page[] = [];
  for (const { topicId, partitions } of responses) {
    const topic = topics.get(topicId) ?? '';
    for (const { partitionIndex, records } of partitions) {
      const partition = partitionName(topic, partitionIndex);
      const from = wanted.get(partition);
      const last = records?.at(-1);
      // The server may add partitions that an earlier request of its session asked for.
      if (from === undefined || !records || !last) continue;
      const messages: Located[] = [];
      for (const batch of records) {
        if (batch.attributes & IS_CONTROL) continue;
        for (const record of batch.records) {
          const located = decodeRecord(batch, record, { topic, partition: partitionIndex });
          // Batches are stored and sent whole.
          if (located.offset >= from) messages.push(located);
        }
      }
      pages.push({
        partition,
        from,
        next: Number(last.firstOffset) + last.lastOffsetDelta + 1,
        messages,
        isCut: false,
      });
    }
  }
  return pages;
}
