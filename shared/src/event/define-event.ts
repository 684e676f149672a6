import type { z } from 'zod';
import { type Message, type Metadata, RefusedError } from '../message/capabilities.ts';

/** The event cannot be read: the message states why. It will not be readable later either. */
export class UnreadableEventError extends RefusedError {
  override name = 'UnreadableEventError';
}

/** A message together with the topic that it goes to. */
export interface OutgoingEvent extends Message {
  readonly topic: string;
}

interface EventOptions {
  /** Unique in the topic; the same id within the dedupe window is stored once. */
  id: string;
  /** When it happened, RFC 3339. Default: now. */
  time?: string;
  /** What travels along, e.g. `x-request-id`, `traceparent`. */
  headers?: Metadata;
}

/** A kind of event: its name, which is its topic, and what it holds. */
export interface EventType<Name extends string = string, Data = unknown> {
  readonly name: Name;
  /** The version that is written. */
  readonly version: number;
  /** Of the data that is written. */
  readonly schema: z.ZodType<Data>;
  create(data: Data, options: EventOptions): OutgoingEvent;
  /** The data of a message of this topic, of any version known. Throws `UnreadableEventError`. */
  read(message: Pick<Message, 'metadata' | 'payload'>): Data;
}

/** The data of an event type. */
export type DataOf<E extends EventType> = E extends EventType<string, infer Data> ? Data : never;

/** A version that was written once, and how its data becomes that of the present version. */
interface EarlierVersion<Data> {
  schema: z.ZodType;
  upgrade(data: unknown): Data;
}

interface EventDefinition<Data> {
  schema: z.ZodType<Data>;
  /** What order is kept for: events with the same key are delivered in the order of publishing. */
  key(data: NoInfer<Data>): string;
  /** Which service writes it, as a URI reference (CloudEvents `source`). */
  source: string;
  /** Default 1. A new field that readers may ignore needs no new version; everything else does. */
  version?: number;
  /** By version number. */
  earlier?: Readonly<Record<number, EarlierVersion<NoInfer<Data>>>>;
}

/**
 * Declares an event, once for all who write and read it. Attributes are those of CloudEvents 1.0
 * (github.com/cloudevents/spec), which each broker writes in the binary mode of its binding; `ce-dataversion`
 * is an extension, 1 when absent.
 */
export function defineEvent<const Name extends string, Data>(
  name: Name,
  { schema, key, source, version = 1, earlier = {} }: EventDefinition<Data>,
): EventType<Name, Data> {
  const attributes = {
    'ce-specversion': '1.0',
    'ce-type': name,
    'ce-source': source,
    ...(version === 1 ? {} : { 'ce-dataversion': String(version) }),
  };
  return {
    name,
    version,
    schema,
    create: (data, { id, time = new Date().toISOString(), headers = {} }) => ({
      topic: name,
      id,
      key: key(data),
      metadata: { ...attributes, 'ce-time': time, ...headers },
      payload: Buffer.from(JSON.stringify(data)),
    }),
    read({ metadata, payload }) {
      const written = Number(metadata['ce-dataversion'] ?? 1);
      if (written === version) return parseData(name, schema, payload);
      const known = earlier[written];
      if (known) return known.upgrade(parseData(name, known.schema, payload));
      const versions = [...Object.keys(earlier), version].join(', ');
      throw new UnreadableEventError(
        `${name} of version ${metadata['ce-dataversion']} is not known here, only ${versions}`,
      );
    },
  };
}

/** Throws `UnreadableEventError` with a sentence that begins with `name`. */
export function parseData<T>(name: string, schema: z.ZodType<T>, payload: Uint8Array): T {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString());
  } catch (cause) {
    throw new UnreadableEventError(`${name} is not JSON`, { cause });
  }
  const { success, data, error } = schema.safeParse(json);
  if (success) return data;
  const [issue] = error.issues;
  throw new UnreadableEventError(`${name}: ${issue?.path.join('.') || 'the data'}: ${issue?.message}`);
}
