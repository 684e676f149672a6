import { sleep } from '@meower/shared/async/sleep.ts';
import { meowCreated } from '@meower/shared/event/meow-events.ts';
import { runFaultyQuery } from './faulty-query.ts';

/** Longer than it takes until some of the new meows are deleted. */
const LATE_MS = 5000;

// A deliberate bug: a meow whose event comes after its deletion is indexed. So that this happens often, all
// creations come late.
await runFaultyQuery(({ broker, repository }) => ({
  repository: { ...repository, findDeleted: async () => new Set() },
  broker: {
    ...broker,
    consume: (topics, group, handler, options) =>
      broker.consume(
        topics,
        group,
        async (batch, signal) => {
          const created = batch.filter(({ topic }) => topic === meowCreated.name);
          const others = batch.filter(({ topic }) => topic !== meowCreated.name);
          for (const delivery of created) delivery.ack();
          void sleep(LATE_MS).then(() => handler(created, signal));
          if (others.length > 0) await handler(others, signal);
        },
        options,
      ),
  },
}));
