import type { Message, StoredMessage } from '../capabilities.ts';
import type { Headers } from './wire-headers.ts';

const MSG_ID = 'Nats-Msg-Id';
/** CloudEvents in binary mode: the attributes are headers, here those that `Message` has as fields. */
const EVENT_ID = 'ce-id';
const EVENT_KEY = 'ce-partitionkey';
/** Of a retried dead letter: the only group that gets it. */
const ONLY_GROUP = 'Meower-Only-Group';
/** What earlier versions wrote for messages that were published again. */
const EARLIER_ID = 'Meower-Message-Id';
/** Names of metadata. The broker's own headers have upper case names: the two never collide. */
const METADATA_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
const PLAIN_VALUE = /^(?:[!-$&-~](?:[ -$&-~]*[!-$&-~])?)$/;

/**
 * Headers of a message: its id and key, each metadata entry under its name, and what the dedupe window, which
 * the topics of a stream share, takes for its id.
 */
export function encodeHeaders(message: Message, topic: string): Map<string, string> {
  const encoded = new Map([
    [MSG_ID, encodeValue(`${topic}:${message.id}`)],
    [EVENT_ID, encodeValue(message.id)],
  ]);
  if (message.key !== undefined) encoded.set(EVENT_KEY, encodeValue(message.key));
  for (const name in message.metadata) {
    if (!METADATA_NAME.test(name) || name === EVENT_ID || name === EVENT_KEY)
      throw new TypeError(`metadata names are lower case, and not those of id and key: ${name}`);
    encoded.set(name, encodeValue(message.metadata[name] ?? ''));
  }
  return encoded;
}

/**
 * Headers of a message that is published again: the dedupe window sees `attemptId`, readers the message's id.
 */
export function encodeHeadersAgain(message: Message, attemptId: string, onlyGroup = ''): Map<string, string> {
  const encoded = encodeHeaders(message, '');
  encoded.set(MSG_ID, encodeValue(attemptId));
  if (onlyGroup) encoded.set(ONLY_GROUP, encodeValue(onlyGroup));
  return encoded;
}

/** Of a retried dead letter: the only group that gets it; else undefined. */
export function onlyGroupOf(found: Headers): string | undefined {
  return decodeValue(found.get(ONLY_GROUP) ?? '') || undefined;
}

/** `position`: also the id of a message of another publisher that has none. */
export function decodeMessage(
  found: Headers,
  stored: Pick<StoredMessage, 'topic' | 'position' | 'publishedAt' | 'payload'>,
): StoredMessage {
  const metadata: Record<string, string> = {};
  let msgId = '';
  let earlierId = '';
  let eventId = '';
  let key: string | undefined;
  for (const [name, value] of found) {
    if (name === MSG_ID) msgId = value;
    else if (name === EVENT_ID) eventId = value;
    else if (name === EVENT_KEY) key = decodeValue(value);
    else if (name === EARLIER_ID) earlierId = value;
    else if (METADATA_NAME.test(name)) metadata[name] = decodeValue(value);
  }
  const id = decodeValue(eventId || earlierId || msgId) || stored.position;
  const { topic, position, publishedAt, payload } = stored;
  return { id, key, metadata, payload, topic, position, publishedAt };
}

/**
 * Printable ASCII unchanged, everything else (and `%`) percent-encoded: header lines have no line breaks and
 * are trimmed.
 */
export function encodeValue(value: string): string {
  return PLAIN_VALUE.test(value) ? value : encodeURIComponent(value.toWellFormed());
}

export function decodeValue(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // not encoded by us
  }
}

/** What the reply subject of a delivered message contains. */
interface DeliveryInfo {
  attempt: number;
  streamSeq: number;
  /** Counts the deliveries of one consumer, without gaps. */
  deliverySeq: number;
  publishedAt: Date;
}

/**
 * Reads `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<attempt>.<stream seq>.<delivery
 * seq>.<nanoseconds>.…`.
 */
export function parseAckSubject(reply: string): DeliveryInfo {
  const tokens = reply.split('.');
  const at = tokens.length > 9 ? 6 : 4;
  const attempt = Number(tokens[at]);
  const streamSeq = Number(tokens[at + 1]);
  const deliverySeq = Number(tokens[at + 2]);
  if (!attempt || !streamSeq || !deliverySeq) throw new TypeError(`not an acknowledgement subject: ${reply}`);
  const publishedAt = new Date(Number(tokens[at + 3]) / 1_000_000);
  return { attempt, streamSeq, deliverySeq, publishedAt };
}
