import { describeReal } from '../testing/describe-real.ts';
import { natsParts } from '../testing/nats.ts';
import { brokerContract } from './broker.contract.ts';

describeReal('nats', (address) => {
  brokerContract({ persistence: true }, (needs) => natsParts(address, needs));
});
