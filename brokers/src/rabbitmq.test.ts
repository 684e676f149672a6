import { ALL_FEATURES, brokerContract } from '@meower/shared/message/broker.contract.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { rabbitFixture } from './testing/rabbitmq.ts';

const queue = { lacks: 'a queue forgets what has been acked, and cannot be read without taking from it' };

describeReal('rabbitmq', (url) => {
  brokerContract(
    {
      ...ALL_FEATURES,
      backlog: { lacks: 'a topic without a group keeps nothing', fails: true },
      dedupe: { lacks: 'ids are not known to the server' },
      follower: queue,
      log: queue,
      replaySince: queue,
      totalOrder: queue,
      lag: { lacks: 'AMQP tells how many messages wait, not what members hold, nor how old anything is' },
      eraser: queue,
    },
    (topicCount, limits) => rabbitFixture(url, topicCount, limits),
  );
});
