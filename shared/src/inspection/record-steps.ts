import type { Consumer, Message, Publisher } from '../message/capabilities.ts';
import { watchConsumer } from '../message/metrics.ts';
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
    ...watchConsumer(broker, (topics, group) => {
      const byGroup = new Map(topics.map((topic) => [topic, `${topic} by ${group}`]));
      return (settled, delivery) => {
        const details = byGroup.get(delivery.topic);
        const { attempt } = delivery;
        steps.add(idOf(delivery), STEPS[settled], attempt > 1 ? `${details}, attempt ${attempt}` : details);
      };
    }),
  };
  return { ...broker, ...recorded };
}

const STEPS = { acked: 'handled', nacked: 'failed', rejected: 'dead letter' } as const;

function idOf({ key, id }: Message): string {
  return key ?? id;
}
