import { createApp } from '../http/express-app.ts';
import { listen } from '../http/server.ts';
import { silentLogger as logger } from '../testing/silent-logger.ts';
import { brokerContract, type Features } from './broker.contract.ts';
import { marshalCloudEvent, unmarshalCloudEvent } from './http/cloud-events.ts';
import { createHttpPublisher } from './http/publisher.ts';
import { createWebhook } from './http/webhook.ts';

const KEEPS_NOTHING = { lacks: 'a request is over when it is answered: nothing is kept' };

const features: Features = {
  consumer: true,
  groups: { lacks: 'a request has one answer, so a webhook has one consumer, which has to be there' },
  backlog: KEEPS_NOTHING,
  sharedTopics: { lacks: 'a request has one answer, so a webhook has one consumer, which has to be there' },
  keyOrder: true,
  attempts: { lacks: 'the sender sends again, and does not number its attempts' },
  delayedNack: { lacks: 'a request is answered as a whole, and the sender decides how long it waits' },
  dedupe: KEEPS_NOTHING,
  metadata: { lacks: 'attributes of CloudEvents, the request id and the trace context travel' },
  follower: KEEPS_NOTHING,
  log: KEEPS_NOTHING,
  replaySince: KEEPS_NOTHING,
  totalOrder: KEEPS_NOTHING,
  lag: KEEPS_NOTHING,
  deadLetters: { lacks: 'the sender keeps what is rejected' },
  eraser: KEEPS_NOTHING,
  persistence: KEEPS_NOTHING,
};

/** A webhook for each topic, in one service, and publishers that POST to them. */
brokerContract(features, async (topicCount) => {
  const topics = Array.from({ length: topicCount }, (_, index) => `topic-${index}`);
  const webhooks = topics.map((topic) =>
    createWebhook({ path: `/${topic}`, topic, unmarshal: unmarshalCloudEvent, logger }),
  );
  const app = createApp({ logger, routes: webhooks.map(({ routes }) => routes), checks: [] });
  const server = await listen(app, { port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    topics,
    open: async () => ({
      ...createHttpPublisher({
        marshal: (message, topic) =>
          marshalCloudEvent({ url: `${url}/${topic}`, source: '/test' })(message, topic),
      }),
      consume: async ([topic = ''], ...rest) => {
        const webhook = webhooks[topics.indexOf(topic)];
        if (!webhook) throw new Error(`there is no webhook for ${topic}`);
        return webhook.consumer.consume([topic], ...rest);
      },
    }),
    close: () => server.close(),
  };
});
