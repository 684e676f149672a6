import type { EventStore } from '@meower/shared/event/store.ts';
import { runSabotagedPusher } from './sabotaged-pusher.ts';

// A bug on purpose: whoever is brought up to date from the history gets once more what came last.
await runSabotagedPusher(
  (events): EventStore => ({
    ...events,
    readMeowCreated: (after, limit) => events.readMeowCreated(after - 1, limit),
  }),
  { ringSize: 1 },
);
