import pino from 'pino';
import { brokerContract } from './broker.contract.ts';
import { createInProcessBroker } from './in-process.ts';

brokerContract({ persistence: 'it ends with its process' }, async (topicCount, limits) => {
  const broker = createInProcessBroker({ ...limits, logger: pino({ level: 'silent' }) });
  return {
    topics: Array.from({ length: topicCount }, (_, index) => `topic-${index}`),
    open: async () => broker,
    close: () => broker.close(),
  };
});
