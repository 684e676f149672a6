import { hash } from 'node:crypto';
import { type Message, RefusedError, type StoredMessage } from '@meower/shared/message/capabilities.ts';
import type { Message as AmqpMessage, Options } from 'amqplib';

/** CloudEvents attributes, which are metadata named `ce-…`, are headers named so. */
const CLOUD_EVENTS = 'cloudEvents:';
const EVENT_KEY = `${CLOUD_EVENTS}partitionkey`;
/** Names of our own have upper case letters, those of metadata have none: they never collide. */
const PUBLISHED_AT = 'Meower-Published-At';
/** The topic of messages whose exchange does not name it: dead letters, and messages to one queue. */
export const TOPIC = 'Meower-Topic';
/** What the server adds. */
const OF_SERVER = /^x-(?:delivery-count|acquired-count|death|(?:first|last)-death-|opt-)/;
/** Headers must fit into one frame of 128 KiB. */
const MAX_HEADER_BYTES = 64 * 1024;
/** AMQP's limit of an id and of the name of an exchange. */
const MAX_NAME_BYTES = 255;

export function assertName(what: string, name: string): void {
  const size = Buffer.byteLength(name);
  if (size > MAX_NAME_BYTES)
    throw new RefusedError(`the ${what} has ${size} bytes, more than ${MAX_NAME_BYTES}`);
}

export function encode(message: Message, own: Readonly<Record<string, string>> = {}): Options.Publish {
  const headers: Record<string, string> = {};
  let bytes = message.key?.length ?? 0;
  for (const [name, value] of Object.entries(message.metadata)) {
    headers[name.startsWith('ce-') ? CLOUD_EVENTS + name.slice(3) : name] = value;
    bytes += name.length + Buffer.byteLength(value);
  }
  if (bytes > MAX_HEADER_BYTES)
    throw new RefusedError(
      `message ${message.id} has ${bytes} bytes of metadata, more than ${MAX_HEADER_BYTES}`,
    );
  if (message.key !== undefined) headers[EVENT_KEY] = message.key;
  const now = Date.now();
  return {
    messageId: message.id,
    timestamp: Math.floor(now / 1000),
    headers: { ...headers, [PUBLISHED_AT]: now, ...own },
    persistent: true,
    mandatory: true,
  };
}

/** `topic`: of a message to one queue, as other teams may send it. */
export function decode({ content, fields, properties }: AmqpMessage, topic: string): StoredMessage {
  const { messageId, timestamp } = properties;
  const headers: Record<string, unknown> = properties.headers ?? {};
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name === EVENT_KEY || name.startsWith('Meower-') || OF_SERVER.test(name)) continue;
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
    metadata[name.replace(/^cloudEvents[:_]/, 'ce-').toLowerCase()] = text;
  }
  const key = headers[EVENT_KEY];
  const id = messageId || contentId(content, timestamp, metadata);
  return {
    id,
    key: key === undefined ? undefined : String(key),
    metadata,
    payload: content,
    topic: String(headers[TOPIC] ?? (fields.exchange || topic)),
    position: id,
    publishedAt: new Date(Number(headers[PUBLISHED_AT] ?? (timestamp ? timestamp * 1000 : Date.now()))),
  };
}

/** 1 for the first delivery. */
export function attemptOf({ properties }: AmqpMessage): number {
  return Number(properties.headers?.['x-delivery-count'] ?? 0) + 1;
}

/** The id of a message without one: the same each time it is delivered. */
function contentId(content: Buffer, timestamp: unknown, metadata: object): string {
  const digest = hash('sha256', content, 'base64url');
  return hash('sha256', JSON.stringify([digest, timestamp, metadata]), 'base64url').slice(0, 22);
}
