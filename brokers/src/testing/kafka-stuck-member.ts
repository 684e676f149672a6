import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { createKafkaBroker } from '../kafka.ts';

/** A process that receives messages of a topic, reports to its parent, and never settles them. */
const [address = '', topic = '', groupId = ''] = process.argv.slice(2);
const broker = createKafkaBroker(
  { address, groupIdOf: () => groupId, sessionTimeoutMs: 6000 },
  { logger: silentLogger },
);
// Ends with its parent.
process.on('disconnect', () => process.exit());
await broker.consume([topic], 'group', async (batch) => {
  process.send?.(batch.length);
  await new Promise<never>(() => {});
});
