import type { SqlDatabase } from '../../../db/sql.ts';
import { readSqlBrokerSchema } from '../../sql.ts';

/** Creates the tables, or empties them and begins a new history. */
export async function emptySqlBroker(db: SqlDatabase): Promise<void> {
  const schema = await readSqlBrokerSchema();
  await db.script(schema);
  await db.script(`TRUNCATE broker_head, broker_messages, broker_cuts, broker_groups, broker_positions, broker_batches,
    broker_retries, broker_dead_letters`);
  await db.script(schema);
}
