import { runFaultyPusher } from './faulty-pusher.ts';

// A deliberate bug: one frame in about a hundred is not sent.
await runFaultyPusher((event, handler) => {
  if (event.seq % 101 !== 0) handler(event);
});
