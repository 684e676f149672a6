import { meowDeleted } from '@meower/shared/event/meow-events.ts';
import { runFaultyPusher } from './faulty-pusher.ts';

// A deliberate bug: pages do not learn of deletions.
await runFaultyPusher((message, onMessage) => {
  if (message.topic !== meowDeleted.name) onMessage(message);
});
