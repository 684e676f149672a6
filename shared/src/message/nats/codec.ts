import { headers, type MsgHdrs } from 'nats';
import type { Message, Metadata } from '../message.ts';

const MSG_ID = 'Nats-Msg-Id';
const ORIGINAL_ID = 'Meower-Message-Id';
/** Header names that are the broker's own. Metadata has lower case names: the two never collide. */
const OWN_NAME = /[A-Z]/;
const PLAIN_VALUE = /^(?:[!-$&-~](?:[ -$&-~]*[!-$&-~])?)$/;

/** Headers of a message: its id for the dedupe window, and each metadata entry under its own name. */
export function encodeHeaders(message: Message): MsgHdrs {
  const encoded = headers();
  encoded.append(MSG_ID, encodeValue(message.id));
  for (const [name, value] of Object.entries(message.metadata)) {
    if (OWN_NAME.test(name)) throw new TypeError(`metadata names are lower case: ${name}`);
    encoded.append(name, encodeValue(value));
  }
  return encoded;
}

/**
 * Headers of a message that is published again: the dedupe window sees `attemptId`, readers still see the
 * message's id.
 */
export function encodeHeadersAgain(message: Message, attemptId: string): MsgHdrs {
  const encoded = encodeHeaders(message);
  encoded.set(MSG_ID, encodeValue(attemptId));
  encoded.set(ORIGINAL_ID, encodeValue(message.id));
  return encoded;
}

/** `fallbackId`: for messages of other publishers that have no id. */
export function decodeMessage(found: MsgHdrs | undefined, payload: Uint8Array, fallbackId: string): Message {
  const metadata: Record<string, string> = {};
  let id = '';
  let originalId = '';
  for (const [name, [value = '']] of found ?? []) {
    if (name === MSG_ID) id = decodeValue(value);
    else if (name === ORIGINAL_ID) originalId = decodeValue(value);
    else if (!OWN_NAME.test(name)) metadata[name] = decodeValue(value);
  }
  return { id: originalId || id || fallbackId, metadata: metadata as Metadata, payload };
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
export interface DeliveryInfo {
  attempt: number;
  streamSeq: number;
  /** Counts the deliveries of one consumer, without gaps. */
  deliverySeq: number;
}

/** Reads `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<attempt>.<stream seq>.<delivery seq>.…`. */
export function parseAckSubject(reply: string): DeliveryInfo {
  const tokens = reply.split('.');
  const at = tokens.length > 9 ? 6 : 4;
  const attempt = Number(tokens[at]);
  const streamSeq = Number(tokens[at + 1]);
  const deliverySeq = Number(tokens[at + 2]);
  if (!attempt || !streamSeq || !deliverySeq) throw new TypeError(`not an acknowledgement subject: ${reply}`);
  return { attempt, streamSeq, deliverySeq };
}
