import { afterAll, beforeAll, describe } from 'vitest';
import { openPglite } from '../db/pglite.ts';
import type { SqlDatabase } from '../db/sql.ts';
import { describeReal } from '../testing/describe-real.ts';
import { createTestDatabase } from '../testing/postgres.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { ALL_FEATURES, brokerContract } from './broker.contract.ts';
import { emptySqlBroker } from './sql/testing/empty-sql-broker.ts';
import { createSqlBroker, type SqlBroker } from './sql.ts';

/** One database for all tests of the suite, which run one after the other. */
function sqlBrokerContract(openDatabase: () => Promise<{ db: SqlDatabase; drop(): Promise<void> }>): void {
  let db: SqlDatabase;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    ({ db, drop } = await openDatabase());
  });
  afterAll(() => drop());

  brokerContract(ALL_FEATURES, async (topicCount, limits) => {
    await emptySqlBroker(db);
    const opened: SqlBroker[] = [];
    return {
      topics: Array.from({ length: topicCount }, (_, index) => `topic-${index}`),
      open: async () => {
        const broker = createSqlBroker(db, {
          logger: silentLogger,
          handlerTimeoutMs: limits.handlerTimeoutMs,
          // Not less: a busy machine must not lose leases.
          leaseMs: 10_000,
          maxMessages: (limits.keepMessages * topicCount) / 2,
          maxDeadLetters: limits.keepDeadLetters,
        });
        opened.push(broker);
        return broker;
      },
      close: async () => {
        await Promise.all(opened.map((broker) => broker.close()));
      },
    };
  });
}

describe('pglite', () =>
  sqlBrokerContract(async () => {
    const db = await openPglite();
    return { db, drop: () => db.close() };
  }));

describeReal('postgres', (url) => sqlBrokerContract(() => createTestDatabase(url)));
