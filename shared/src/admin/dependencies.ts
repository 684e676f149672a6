import type { Closable } from '../async/closable.ts';
import { sleep } from '../async/sleep.ts';
import type { MeowRepository } from '../db/meow-repository.ts';
import { createPostgres, createPostgresRepository, type PostgresConfig } from '../db/postgres.ts';
import type { SqlDatabase } from '../db/sql.ts';
import type { Broker } from '../message/capabilities.ts';
import type { NatsConfig } from '../message/nats/config.ts';
import { createNatsBroker } from '../message/nats.ts';
import { errorMessage } from '../process/error-details.ts';
import { createLogger } from '../process/logger.ts';
import { StartError } from '../process/start-error.ts';
import { createElasticRepository, type ElasticConfig } from '../search/elastic.ts';
import type { SearchRepository } from '../search/search-repository.ts';

/** How long a statement may take: counting a large table takes minutes. */
const STATEMENT_TIMEOUT_MS = 600_000;
/** How long NATS may take until it can be reached. */
const REACH_TIMEOUT_MS = 10_000;
const REACH_INTERVAL_MS = 100;

/** For admin commands, with the settings of their service. Disposing of `opened` closes it. */
export function openRepository(config: PostgresConfig, opened: AsyncDisposableStack): MeowRepository {
  const patient = { ...config, timeoutMs: STATEMENT_TIMEOUT_MS };
  return opened.adopt(createPostgresRepository(patient, adminLogger), close);
}

/** As `openRepository`, for a command that runs its own SQL. */
export function openDatabase(config: PostgresConfig, opened: AsyncDisposableStack): SqlDatabase {
  return opened.adopt(createPostgres(config, adminLogger), close);
}

export function openSearch(config: ElasticConfig, opened: AsyncDisposableStack): SearchRepository {
  return opened.adopt(createElasticRepository(config, { logger: adminLogger }), close);
}

/** Rejects with `StartError` if NATS cannot be reached within 10 s. */
export async function openBroker(
  config: NatsConfig,
  opened: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<Broker> {
  const broker = opened.adopt(createNatsBroker(config, { logger: adminLogger }), close);
  const deadline = performance.now() + REACH_TIMEOUT_MS;
  for (;;) {
    signal.throwIfAborted();
    try {
      await broker.ping();
      return broker;
    } catch (cause) {
      if (performance.now() > deadline)
        throw new StartError(`NATS cannot be reached: ${errorMessage(cause)}`, { cause });
      await sleep(REACH_INTERVAL_MS, signal);
    }
  }
}

const close = (opened: Closable) => opened.close();

/** Errors only: a command prints its own progress and failure. */
const adminLogger = createLogger('command', 'error');

export const print = (text: string) => process.stdout.write(text);
