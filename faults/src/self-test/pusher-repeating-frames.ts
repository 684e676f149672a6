import { runFaultyPusher } from './faulty-pusher.ts';

// A deliberate bug: one frame in about a hundred is sent twice.
await runFaultyPusher((event, handler) => {
  handler(event);
  if (event.seq % 101 === 0) handler(event);
});
