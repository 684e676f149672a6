import type { z } from 'zod';
import { type Message, RefusedError } from '../message/capabilities.ts';
import { parseData } from './define-event.ts';

interface TaggedEvents<Event> {
  /** What a message of the topic holds. Throws `RefusedError`. */
  read(message: Pick<Message, 'metadata' | 'payload'>): Event;
  /** The message for an event, without its id. */
  write(event: Event): Omit<Message, 'id'>;
}

type EventOf<Schemas extends Record<string, z.ZodType>> = {
  [Type in keyof Schemas & string]: { type: Type } & z.infer<Schemas[Type]>;
}[keyof Schemas & string];

/** The events that `taggedEvents` reads and writes. */
export type TaggedEvent<Events> = Events extends TaggedEvents<infer Event> ? Event : never;

/**
 * Events of several types on one topic, which have the name of their type in a header, as programs do that use
 * Watermill (with `defineEvent` each type has a topic of its own). `key`: what order is kept for.
 */
export function taggedEvents<Schemas extends Record<string, z.ZodType>>(
  header: string,
  schemas: Schemas,
  key: (event: EventOf<Schemas>) => string,
): TaggedEvents<EventOf<Schemas>> {
  return {
    read({ metadata, payload }) {
      const type = metadata[header] ?? '';
      const schema = Object.hasOwn(schemas, type) && schemas[type];
      if (!schema) throw new RefusedError(`events of the type ${metadata[header]} are not known here`);
      // The schema is that of the type.
      return { type, ...Object(parseData(type, schema, payload)) } as EventOf<Schemas>;
    },
    write: ({ type, ...data }) => ({
      key: key({ type, ...data } as EventOf<Schemas>), // as it came
      metadata: { [header]: type },
      payload: Buffer.from(JSON.stringify(data)),
    }),
  };
}
