import { describeReal } from '../testing/describe-real.ts';
import { natsFixture } from '../testing/nats.ts';
import { ALL_FEATURES, brokerContract } from './broker.contract.ts';

describeReal('nats', (address) => {
  brokerContract(ALL_FEATURES, (topicCount, limits) => natsFixture(address, topicCount, limits));
});
