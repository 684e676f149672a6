import type { Routes } from '../../http/express-app.ts';
import type { Logger } from '../../process/logger.ts';
import {
  BrokerUnavailableError,
  type Connection,
  type Consumer,
  type Publisher,
  RefusedError,
} from '../capabilities.ts';
import { marshalCloudEvent, unmarshalCloudEvent } from './cloud-events.ts';
import { createHttpPublisher } from './publisher.ts';
import { createWebhook } from './webhook.ts';

interface HttpBrokerOptions {
  topic: string;
  /** Path of the webhook, here and at the subscribers. */
  path: string;
  /** Base URLs of those that get every message. */
  subscribers: readonly string[];
  /** CloudEvents `source` of messages that have none. */
  source: string;
  logger: Logger;
}

interface HttpBroker extends Publisher, Consumer, Connection {
  /** The webhook, to be mounted in the service that consumes. */
  routes: Routes;
}

/**
 * Publishes by posting each message to every subscriber, and consumes what others post. It promises less than
 * a broker: nothing is kept, so a subscriber that is not listed misses the message, and groups do not exist.
 * While a subscriber that is listed does not answer, `publish` rejects, and the others get the message again
 * with the next attempt. What a subscriber refuses is logged, and lost to that one.
 */
export function createHttpBroker({
  topic,
  path,
  subscribers,
  source,
  logger,
}: HttpBrokerOptions): HttpBroker {
  const { consumer, routes } = createWebhook({ path, topic, unmarshal: unmarshalCloudEvent, logger });
  const publishers = subscribers.map((url) =>
    createHttpPublisher({ marshal: marshalCloudEvent({ url: url + path, source }) }),
  );
  return {
    consume: consumer.consume,
    routes,
    async publish(topic, messages) {
      if (publishers.length === 0) throw new BrokerUnavailableError('there is no subscriber');
      const published = publishers.map((publisher) => publisher.publish(topic, messages));
      for (const result of await Promise.allSettled(published)) {
        if (result.status === 'fulfilled') continue;
        if (!(result.reason instanceof RefusedError)) throw result.reason;
        logger.error({ err: result.reason }, 'a subscriber refused an event, and will not get it again');
      }
    },
    ping: async () => {},
    close: async () => {},
  };
}
