import {
  type Message,
  type Metadata,
  RefusedError,
  type StoredMessage,
} from '@meower/shared/message/capabilities.ts';

/** The fields of an entry. */
export type Fields = Record<string, string | Buffer>;

/** An entry as the client reads it. */
export interface Entry {
  id: Buffer | string;
  message: Readonly<Record<string, Buffer | string>>;
}

export function encode(message: Message, maxBytes: number): Fields {
  const { buffer, byteOffset, length } = message.payload;
  if (length > maxBytes)
    throw new RefusedError(`message ${message.id} has ${length} bytes, more than ${maxBytes}`);
  return {
    id: message.id,
    ...(message.key !== undefined && { key: message.key }),
    metadata: JSON.stringify(message.metadata),
    payload: Buffer.from(buffer, byteOffset, length),
  };
}

/** Of an entry of another program, which has no payload, all fields as JSON are the payload. */
export function decode(topic: string, { id: entryId, message: fields }: Entry): StoredMessage {
  const position = entryId.toString();
  const text = (name: string) => fields[name]?.toString();
  const texts = () => Object.fromEntries(Object.keys(fields).map((name) => [name, text(name)]));
  return {
    id: text('id') ?? position,
    key: text('key'),
    metadata: toMetadata(text('metadata')),
    payload: Buffer.from(fields.payload ?? JSON.stringify(texts())),
    topic,
    position,
    publishedAt: new Date(Number(position.split('-')[0])),
  };
}

function toMetadata(json = '{}'): Metadata {
  try {
    const parsed: unknown = JSON.parse(json);
    return Object.fromEntries(Object.entries(parsed ?? {}).map(([name, value]) => [name, String(value)]));
  } catch {
    return {}; // of another program
  }
}
