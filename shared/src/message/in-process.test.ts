import pino from 'pino';
import { ALL_FEATURES, type BrokerLimits, brokerContract, LIMITS } from './broker.contract.ts';
import { lagContract } from './contract/lag.contract.ts';
import { createInProcessBroker } from './in-process.ts';

const persistence = { lacks: 'it ends with its process', fails: true } as const;

async function fixture(topicCount: number, limits: BrokerLimits) {
  // One log for all topics.
  const keepMessages = (limits.keepMessages * topicCount) / 2;
  const broker = createInProcessBroker({ ...limits, keepMessages, logger: pino({ level: 'silent' }) });
  return {
    topics: Array.from({ length: topicCount }, (_, index) => `topic-${index}`),
    open: async () => broker,
    close: () => broker.close(),
  };
}

brokerContract({ ...ALL_FEATURES, persistence }, fixture);
lagContract(() => fixture(2, LIMITS));
