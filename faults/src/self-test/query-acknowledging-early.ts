import { runFaultyQuery } from './faulty-query.ts';

// A deliberate bug: an event is acknowledged before the index has confirmed it.
await runFaultyQuery(({ broker }) => ({
  broker: {
    ...broker,
    consume: (topics, group, handler, options) =>
      broker.consume(
        topics,
        group,
        (batch, signal) => {
          for (const delivery of batch) delivery.ack();
          return handler(batch, signal);
        },
        options,
      ),
  },
}));
