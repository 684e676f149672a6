import { MEOW_CREATED } from '@meower/shared/event/broker-event-store.ts';
import type { Broker } from '@meower/shared/message/broker.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { StreamConfig } from './stream.ts';

/** A broker that takes the product's topic for the one in the configuration. */
export function openBroker({ nats, topic }: StreamConfig, logger: Logger): Broker {
  const broker = createNatsBroker(nats, { logger });
  const own = (name: string) => (name === MEOW_CREATED ? topic : name);
  return {
    ...broker,
    publish: (name, messages) => broker.publish(own(name), messages),
    consume: (name, ...rest) => broker.consume(own(name), ...rest),
    follow: (name, handlers) => broker.follow(own(name), handlers),
    history: (name) => broker.history(own(name)),
    read: (name, ...rest) => broker.read(own(name), ...rest),
  };
}
