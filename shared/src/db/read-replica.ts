import { createSingleFlight } from '../async/single-flight.ts';
import { sleep } from '../async/sleep.ts';
import { withTimeout } from '../async/with-timeout.ts';
import type { Logger } from '../process/logger.ts';
import { type Row, runForRow, type SqlSession, type Statement, statement } from './sql.ts';

/** Bytes of the write-ahead log. */
const written = statement<{ position: string }>(
  'written_position',
  "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::text AS position",
);
const replayed = statement<{ position: string }>(
  'replayed_position',
  "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::text AS position",
);

/** The primary counts as unavailable when it does not answer within this time. */
const PRIMARY_TIMEOUT_MS = 1000;
/** How long a read waits for a replica that is behind; then the primary answers it. */
const LAG_MS = 100;
const LAG_PAUSE_MS = 4;
/** How long a replica that has failed is not asked. */
const REPLICA_COOLDOWN_MS = 1000;

/**
 * Runs statements that only read on a streaming replica. Each sees everything that was committed before the
 * call, as on the primary: the replica is asked once it has replayed as much, and the primary if that takes too
 * long. While the primary is unavailable, the replica answers with what it has (docs/decisions/read-replica.md).
 */
export function createReadSession(
  primary: SqlSession,
  replica: SqlSession,
  logger: Pick<Logger, 'warn' | 'info'>,
): SqlSession {
  let isStale = false;
  let replicaFailedAtMs = -REPLICA_COOLDOWN_MS;

  const report = (stale: boolean, err?: unknown) => {
    if (stale && !isStale)
      logger.warn({ err }, 'postgres: the primary is unavailable, the replica answers reads');
    if (!stale && isStale) logger.info('postgres: the primary answers again');
    isStale = stale;
  };
  // Concurrent reads share the position: it is queried after each of them began.
  const writtenPosition = createSingleFlight(
    async () => {
      const asking = runForRow(primary, written);
      return BigInt((await withTimeout(asking, PRIMARY_TIMEOUT_MS)).position);
    },
    { maxKeys: 1 },
  );
  const hasReplayed = async (position: bigint): Promise<boolean> => {
    const startedAtMs = performance.now();
    // Asked each time: after a restart, a replica may be behind what it had replayed before.
    while (BigInt((await runForRow(replica, replayed)).position) < position) {
      if (performance.now() - startedAtMs > LAG_MS) return false;
      await sleep(LAG_PAUSE_MS);
    }
    return true;
  };

  return {
    async run<R extends Row>(query: Statement<R>, values?: unknown[]) {
      let position: bigint;
      try {
        position = await writtenPosition('');
        report(false);
      } catch (err) {
        report(true, err);
        return replica.run(query, values);
      }
      if (performance.now() - replicaFailedAtMs < REPLICA_COOLDOWN_MS) return primary.run(query, values);
      try {
        if (await hasReplayed(position)) return await replica.run(query, values);
      } catch (err) {
        replicaFailedAtMs = performance.now();
        logger.warn({ err }, 'postgres: the replica failed, the primary answers reads');
      }
      return primary.run(query, values);
    },
  };
}
