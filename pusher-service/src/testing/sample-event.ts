import { createdEvent, deletedEvent, type MeowEvent } from '@meower/shared/event/meow-events.ts';
import { meowToJson } from '@meower/shared/meow/meow.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import type { Metadata, SequencedMessage } from '@meower/shared/message/capabilities.ts';

const newMeowId = createIdGenerator();

/** The event of a new meow, stored under a number. */
export function sampleEvent(seq: number, headers: Metadata = {}): MeowEvent<SequencedMessage> {
  const meow = { ...newMeowId(), body: 'meow' };
  const message = { ...createdEvent(meow, headers), seq, position: String(seq), publishedAt: new Date() };
  return { name: 'meow.created', data: meowToJson(meow), message };
}

/** The event of a meow's deletion, stored under a number. */
export function sampleDeletion(seq: number, id: string): MeowEvent<SequencedMessage> {
  const message = { ...deletedEvent(id, {}), seq, position: String(seq), publishedAt: new Date() };
  return { name: 'meow.deleted', data: { id }, message };
}
