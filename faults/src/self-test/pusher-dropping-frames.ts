import { runFaultyPusher } from './faulty-pusher.ts';

// A deliberate bug: one frame in about a hundred is not sent.
await runFaultyPusher((message, onMessage) => {
  if (message.seq % 101 !== 0) onMessage(message);
});
