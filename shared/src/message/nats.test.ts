import { describeReal } from '../testing/describe-real.ts';
import { natsFixture } from '../testing/nats.ts';
import { brokerContract } from './broker.contract.ts';

describeReal('nats', (address) => {
  brokerContract({ persistence: true }, (topicCount, limits) => natsFixture(address, topicCount, limits));
});
