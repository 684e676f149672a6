import { createdEvent, deletedEvent } from '@meower/shared/event/meow-events.ts';
import type { Metadata } from '@meower/shared/message/capabilities.ts';
import { meowToJson } from '@meower/shared/schema/meow.ts';
import { createIdGenerator } from '@meower/shared/schema/meow-id.ts';
import type { MeowEvent } from '../hub.ts';

const newMeowId = createIdGenerator();

/** The event of a new meow, stored under a number. */
export function sampleEvent(seq: number, headers: Metadata = {}): MeowEvent {
  const meow = { ...newMeowId(), body: 'meow' };
  const message = { ...createdEvent(meow, headers), seq, position: String(seq), publishedAt: new Date() };
  return { name: 'meow.created', data: meowToJson(meow), message };
}

/** The event of a meow's deletion, stored under a number. */
export function sampleDeletion(seq: number, id: string): MeowEvent {
  const message = { ...deletedEvent(id, {}), seq, position: String(seq), publishedAt: new Date() };
  return { name: 'meow.deleted', data: { id }, message };
}
