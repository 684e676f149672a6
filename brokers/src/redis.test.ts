import { ALL_FEATURES, brokerContract } from '@meower/shared/message/broker.contract.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { redisFixture } from './testing/redis.ts';

describeReal('redis', (url) => {
  brokerContract(
    {
      ...ALL_FEATURES,
      dedupe: { lacks: 'ids are not known to the server' },
      totalOrder: { lacks: 'each topic is a stream of its own, with ids of its own' },
    },
    (topicCount, limits) => redisFixture(url, topicCount, limits),
  );
});
