import { type DeadLetter, type DeadLetters, NoSuchDeadLetterError } from '../broker.ts';
import type { SequencedMessage } from '../message.ts';
import { decodeValue, encodeHeadersAgain, encodeValue } from './codec.ts';
import { type NatsContext, streamOf } from './context.ts';
import { readStream, type StoredMessage } from './reader.ts';

const REASON = 'Meower-Reason';
const ORIGIN_TOPIC = 'Meower-Origin-Topic';
const ORIGIN_SEQ = 'Meower-Origin-Seq';
const REJECTED_AT = 'Meower-Rejected-At';
const PAGE = 256;
/** Characters: payload and headers together have to stay below the server's limit. */
const LONGEST_REASON = 1000;

/**
 * Stores a message among the dead letters: payload untouched, the rest in headers. Once for each group that
 * rejects it, within the dedupe window.
 */
export async function publishDeadLetter(
  { settings, publisher }: NatsContext,
  message: SequencedMessage,
  { topic, group }: { topic: string; group: string },
  reason: string,
): Promise<void> {
  const headers = encodeHeadersAgain(message, `${group}:${topic}:${message.seq}`);
  headers.set(REASON, encodeValue(reason.slice(0, LONGEST_REASON)));
  headers.set(ORIGIN_TOPIC, topic);
  headers.set(ORIGIN_SEQ, String(message.seq));
  headers.set(REJECTED_AT, new Date().toISOString());
  await publisher.publish([{ subject: settings.deadLetters.subject, headers, payload: message.payload }]);
}

/** The dead letters in a stream of their own. */
export class NatsDeadLetters implements DeadLetters {
  readonly #context: NatsContext;
  readonly #stream: string;

  constructor(context: NatsContext) {
    this.#context = context;
    this.#stream = context.settings.deadLetters.stream;
  }

  async list(): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for (let after = 0; ; ) {
      const page = await readStream(this.#context, this.#stream, after, PAGE);
      letters.push(...page.map(toDeadLetter));
      if (page.length < PAGE) return letters;
      after = letters.at(-1)?.seq ?? after;
    }
  }

  /**
   * Publishes under an id of its own for the dedupe window, the same each time: an interrupted retry can be
   * repeated.
   */
  async retry(seq: number): Promise<void> {
    const found = await this.#find(seq);
    const letter = toDeadLetter(found);
    streamOf(this.#context, letter.origin.topic);
    const headers = encodeHeadersAgain(letter, `${letter.id}~retry-${seq}`);
    await this.#context.publisher.publish([
      { subject: letter.origin.topic, headers, payload: letter.payload },
    ]);
    await this.#remove(found);
  }

  async drop(seq: number): Promise<void> {
    await this.#remove(await this.#find(seq));
  }

  async count(): Promise<number> {
    const { messages } = await this.#context.streams.state(this.#context.connector.get(), this.#stream);
    return messages;
  }

  async #find(seq: number): Promise<StoredMessage> {
    const [found] = await readStream(this.#context, this.#stream, seq - 1, 1);
    if (found?.message.seq !== seq) throw new NoSuchDeadLetterError(seq);
    return found;
  }

  async #remove({ headers }: StoredMessage): Promise<void> {
    await this.#context.connector
      .get()
      .jsm.streams.deleteMessage(this.#stream, Number(headers.get('Nats-Sequence')));
  }
}

function toDeadLetter({ headers, message }: StoredMessage): DeadLetter {
  return {
    ...message,
    reason: decodeValue(headers.get(REASON)),
    origin: { topic: headers.get(ORIGIN_TOPIC), seq: Number(headers.get(ORIGIN_SEQ)) },
    rejectedAt: headers.get(REJECTED_AT),
  };
}
