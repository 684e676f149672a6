import { createdEvent } from '@meower/shared/event/meow-events.ts';
import type { Metadata } from '@meower/shared/message/capabilities.ts';
import { meowToJson } from '@meower/shared/schema/meow.ts';
import { createIdGenerator } from '@meower/shared/schema/meow-id.ts';
import type { MeowCreated } from '../hub.ts';

const newMeowId = createIdGenerator();

/** The event of a new meow, stored under a number. */
export function sampleEvent(seq: number, headers: Metadata = {}): MeowCreated {
  const meow = { ...newMeowId(), body: 'meow' };
  const message = { ...createdEvent(meow, headers), seq, position: String(seq), publishedAt: new Date() };
  return { name: 'meow.created', data: meowToJson(meow), message };
}
