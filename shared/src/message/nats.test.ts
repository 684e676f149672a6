import { natsParts } from '../testing/nats.ts';
import { describeReal } from '../testing/real-parts.ts';
import { brokerContract } from './broker.contract.ts';

describeReal('nats', (address) => {
  brokerContract({ persistence: true }, (needs) => natsParts(address, needs));
});
