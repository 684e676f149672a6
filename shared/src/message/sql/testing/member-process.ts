import { openPglite } from '../../../db/pglite.ts';
import { createPostgres } from '../../../db/postgres.ts';
import { silentLogger } from '../../../testing/silent-logger.ts';
import { createSqlBroker } from '../../sql.ts';

// A process for tests that kill it. Its first argument names what it does, the second the database: a
// folder, or a configuration in JSON. It reports to its parent.
const [task = '', place = ''] = process.argv.slice(2);
const db = place.startsWith('{') ? createPostgres(JSON.parse(place), silentLogger) : await openPglite(place);
const broker = createSqlBroker(db, { logger: silentLogger, leaseMs: 1000 });
process.on('disconnect', () => process.exit());

const tasks: Record<string, () => Promise<unknown>> = {
  /** Receives messages and never settles them. */
  receive: () =>
    broker.consume(['topic'], 'group', async (batch) => {
      process.send?.(batch.map(({ id }) => id));
      await new Promise<never>(() => {});
    }),
  /** Publishes until it is killed, and reports the number of each message that was confirmed. */
  publish: async () => {
    for (let n = 0; ; n++) {
      await broker.publish('topic', [{ id: String(n), metadata: {}, payload: Buffer.from(`meow ${n}`) }]);
      process.send?.(n);
    }
  },
};
await tasks[task]?.();
