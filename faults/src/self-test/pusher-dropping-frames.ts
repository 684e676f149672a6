import type { EventStore } from '@meower/shared/event/store.ts';
import { runSabotagedPusher } from './faulty-pusher.ts';

// A bug on purpose: now and then a frame is not sent.
await runSabotagedPusher(
  (events): EventStore => ({
    ...events,
    onMeowCreated: (handler, onReset) =>
      events.onMeowCreated((event) => event.seq % 101 !== 0 && handler(event), onReset),
  }),
);
