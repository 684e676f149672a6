import { z } from 'zod';
import { type Meow, meowJson, meowToJson } from '../meow/meow.ts';
import type { Message, Metadata, Publisher } from '../message/capabilities.ts';
import type { Received } from './consume-events.ts';
import { defineEvent, type OutgoingEvent } from './define-event.ts';

const MEOW_SERVICE = '/meower/meow-service';

/** A meow was created. */
export const meowCreated = defineEvent('meow.created', {
  source: MEOW_SERVICE,
  key: ({ id }) => id,
  schema: meowJson,
});

/** The event of a new meow, which has the meow's id and time. */
export function createdEvent(meow: Meow, headers: Metadata): OutgoingEvent {
  return meowCreated.create(meowToJson(meow), { id: meow.id, time: meow.createdAt, headers });
}

/** Publishes the events of these meows, in their order. */
export function publishMeowsCreated(
  publisher: Publisher,
  meows: readonly Meow[],
  headers: Metadata = {},
): Promise<void> {
  return publisher.publish(
    meowCreated.name,
    meows.map((meow) => createdEvent(meow, headers)),
  );
}

/** A meow was deleted. */
export const meowDeleted = defineEvent('meow.deleted', {
  source: MEOW_SERVICE,
  key: ({ id }) => id,
  schema: meowJson.pick({ id: true }),
});

/**
 * The event of a deletion. Its id is that of the meow's own deletion, so a repeated deletion is published
 * once.
 */
export function deletedEvent(id: string, headers: Metadata): OutgoingEvent {
  return meowDeleted.create({ id }, { id: `${id}.deleted`, headers });
}

/**
 * Events that created meows came after the deletion of these meows. query-service, which knows it, may not
 * erase them.
 */
export const meowCreatedLate = defineEvent('meow.late', {
  source: '/meower/query-service',
  key: ({ ids }) => ids[0] ?? '',
  schema: z.object({ ids: z.array(z.string()) }),
});

/** One of the events of a meow, with the message that brought it. */
export type MeowEvent<M extends Message> = Received<typeof meowCreated | typeof meowDeleted, M>;

/** A header of republished events. Consumers that show new meows skip them. */
export const REPUBLISHED = 'x-republished';

/** Where a broker with streams keeps these events: in one, which gives them one order. */
export const MEOW_STREAMS = { MEOW: [meowCreated.name, meowDeleted.name, meowCreatedLate.name] };

/** Of meow-service: erases what the broker holds of deleted meows. No other service may read or acknowledge for it. */
export const ERASER_GROUP = 'eraser';
