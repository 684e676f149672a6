import type { Consumer, Message, Publisher } from '../message/capabilities.ts';
import { handleWatched, watchDelivery } from '../message/metrics.ts';
import type { StepLog } from './step-log.ts';

/** The same publishing and consuming, whose steps are remembered for the key of each message: the id of a meow. */
export function recordSteps<B extends Consumer & Partial<Publisher>>(
  broker: B,
  steps: StepLog | undefined,
): B {
  if (!steps) return broker;
  const { publish } = broker;
  const recorded: Consumer & Partial<Publisher> = {
    ...(publish && {
      async publish(topic, messages) {
        await publish(topic, messages);
        for (const message of messages) steps.add(idOf(message), 'published', topic);
      },
    }),
    consume: (topics, group, handler, options) =>
      broker.consume(
        topics,
        group,
        (batch, signal) => {
          const watched = batch.map((delivery) =>
            watchDelivery(delivery, (settled, attempt) => {
              const tried = attempt > 1 ? `, attempt ${attempt}` : '';
              steps.add(idOf(delivery), STEPS[settled], `${delivery.topic} by ${group}${tried}`);
            }),
          );
          return handleWatched(handler, watched, signal);
        },
        options,
      ),
  };
  return { ...broker, ...recorded };
}

const STEPS = { acked: 'handled', nacked: 'failed', rejected: 'dead letter' } as const;

function idOf({ key, id }: Message): string {
  return key ?? id;
}
