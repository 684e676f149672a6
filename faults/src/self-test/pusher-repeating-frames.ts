import { runFaultyPusher } from './faulty-pusher.ts';

// A deliberate bug: one frame in about a hundred is sent twice.
await runFaultyPusher((message, onMessage) => {
  onMessage(message);
  if (message.seq % 101 === 0) onMessage(message);
});
