import pino from 'pino';
import { brokerContract } from './broker.contract.ts';
import { createInProcessBroker } from './in-process.ts';

const supports = { persistence: 'it ends with its process' };

brokerContract(supports, async ({ topics, handlerTimeoutMs, keepMessages }) => {
  const logger = pino({ level: 'silent' });
  const broker = createInProcessBroker({ handlerTimeoutMs, keepMessages, logger });
  return {
    topics: Array.from({ length: topics }, (_, index) => `topic-${index}`),
    open: async () => broker,
    close: () => broker.close(),
  };
});
