import { publishMeowsCreated } from '@meower/shared/event/meow-events.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import type { Publisher } from '@meower/shared/message/capabilities.ts';

/** A function that publishes the events of `count` new meows, as meow-service does after a commit. */
export function createMeowPublisher(publisher: Publisher): (count: number) => Promise<void> {
  const newMeowId = createIdGenerator();
  const newMeow = () => ({ ...newMeowId(), body: 'a meow of a length that meows have' });
  return (count) => publishMeowsCreated(publisher, Array.from({ length: count }, newMeow));
}
