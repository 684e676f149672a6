import pino from 'pino';
import { ALL_FEATURES, brokerContract } from './broker.contract.ts';
import { createInProcessBroker } from './in-process.ts';

const persistence = { lacks: 'it ends with its process', fails: true } as const;

brokerContract({ ...ALL_FEATURES, persistence }, async (topicCount, limits) => {
  // One log for all topics.
  const keepMessages = (limits.keepMessages * topicCount) / 2;
  const broker = createInProcessBroker({ ...limits, keepMessages, logger: pino({ level: 'silent' }) });
  return {
    topics: Array.from({ length: topicCount }, (_, index) => `topic-${index}`),
    open: async () => broker,
    close: () => broker.close(),
  };
});
