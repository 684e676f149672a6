import type { Logger } from '../process/logger.ts';
import { openPglite } from './pglite.ts';
import { createPostgres, type PostgresConfig } from './postgres.ts';
import type { SqlDatabase } from './sql.ts';

/** The database on a server, or without a server PGlite in `folder`. One process per folder. */
export async function openDatabase(
  server: PostgresConfig | undefined,
  folder: string,
  logger: Logger,
): Promise<SqlDatabase> {
  return server ? createPostgres(server, logger) : openPglite(folder);
}
