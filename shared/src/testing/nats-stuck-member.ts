import { createNatsBroker } from '../message/nats.ts';
import { silentLogger } from './silent-logger.ts';

/** A process that receives all messages of a topic, reports to its parent, and never settles them. */
const [address = '', topic = '', stream = ''] = process.argv.slice(2);
const broker = createNatsBroker(
  { address, streams: { [stream]: [topic] }, ackWaitMs: 1000 },
  { logger: silentLogger },
);
// Ends with its parent.
process.on('disconnect', () => process.exit());
await broker.consume([topic], 'group', async (batch) => {
  process.send?.(batch.length);
  await new Promise<never>(() => {});
});
