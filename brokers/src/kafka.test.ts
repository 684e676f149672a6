import { ALL_FEATURES, brokerContract, type Features } from '@meower/shared/message/broker.contract.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { kafkaFixture } from './testing/kafka.ts';

const features: Features = {
  ...ALL_FEATURES,
  sharedTopics: { lacks: 'a partition belongs to one member of a group' },
  dedupe: { lacks: 'the server drops only what one producer repeats' },
  totalOrder: { lacks: 'only a partition has an order' },
  deadLetters: { lacks: 'rejected messages go to a topic, which has no list' },
  eraser: { lacks: 'the server deletes the oldest messages only' },
};

describeReal('kafka', (address) => {
  brokerContract(features, (topicCount, limits) => kafkaFixture(address, topicCount, limits));
});
