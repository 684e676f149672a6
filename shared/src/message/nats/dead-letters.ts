import {
  type DeadLetter,
  type DeadLetters,
  type Delivery,
  NoSuchDeadLetterError,
  type Position,
} from '../capabilities.ts';
import { decodeValue, encodeHeadersAgain, encodeValue } from './codec.ts';
import { type NatsContext, streamOf } from './context.ts';
import { readPages, readStream, removeMessage, type Stored } from './reader.ts';

const GROUP = 'Meower-Group';
const ATTEMPTS = 'Meower-Attempts';
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
  message: Delivery,
  group: string,
  reason: string,
): Promise<void> {
  const headers = encodeHeadersAgain(message, `${group}:${message.topic}:${message.position}`);
  headers.set(GROUP, encodeValue(group));
  headers.set(ATTEMPTS, String(message.attempt));
  headers.set(REASON, encodeValue(reason.slice(0, LONGEST_REASON)));
  headers.set(ORIGIN_TOPIC, encodeValue(message.topic));
  headers.set(ORIGIN_SEQ, message.position);
  headers.set(REJECTED_AT, new Date().toISOString());
  await publisher.publish([{ subject: settings.deadLetters.subject, headers, payload: message.payload }]);
}

export interface NatsDeadLetters extends DeadLetters {
  /** As `Eraser.erase`. */
  erase(topic: string, ids: ReadonlySet<string>, since: Date): Promise<number>;
}

/** The dead letters in a stream of their own. */
export function createDeadLetters(context: NatsContext): NatsDeadLetters {
  const { stream } = context.settings.deadLetters;
  const pages = () => readPages(context, stream, 0, PAGE);
  const remove = ({ streamSeq }: Stored) => removeMessage(context, stream, streamSeq);
  const find = async (position: Position): Promise<Stored> => {
    const [found] = await readStream(context, stream, Number(position) - 1, 1);
    if (found?.message.position !== position) throw new NoSuchDeadLetterError(position);
    return found;
  };

  return {
    async list() {
      const letters: DeadLetter[] = [];
      for await (const page of pages()) letters.push(...page.map(toDeadLetter));
      return letters;
    },

    /**
     * Publishes under an id of its own for the dedupe window, the same each time: an interrupted retry can be
     * repeated. A letter that an earlier version stored names no group, and goes to all of them.
     */
    async retry(position) {
      const found = await find(position);
      const letter = toDeadLetter(found);
      const { topic } = letter.origin;
      streamOf(context, [topic]);
      const headers = encodeHeadersAgain(letter, `${letter.id}~retry-${position}`, letter.group);
      await context.publisher.publish([{ subject: topic, headers, payload: letter.payload }]);
      await remove(found);
    },

    async drop(position) {
      await remove(await find(position));
    },

    async count() {
      return (await context.streams.state(context.connector.get(), stream)).messages;
    },

    async erase(topic, ids, since) {
      let erased = 0;
      for await (const page of pages()) {
        for (const found of page) {
          const { id, origin, rejectedAt } = toDeadLetter(found);
          if (origin.topic !== topic || !ids.has(id) || rejectedAt < since) continue;
          if (await remove(found)) erased++;
        }
      }
      return erased;
    },
  };
}

function toDeadLetter({ headers, message }: Stored): DeadLetter {
  const text = (name: string) => decodeValue(headers.get(name) ?? '');
  const { id, key, metadata, payload, position } = message;
  return {
    ...{ id, key, metadata, payload, position },
    group: text(GROUP),
    reason: text(REASON),
    // Earlier versions did not store it.
    attempts: Number(text(ATTEMPTS)) || 1,
    origin: { topic: text(ORIGIN_TOPIC), position: text(ORIGIN_SEQ) },
    rejectedAt: new Date(text(REJECTED_AT)),
  };
}
