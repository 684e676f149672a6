import { retryForever } from '../async/retry.ts';
import type { MeowRepository } from '../db/meow-repository.ts';
import type { Logger } from '../process/logger.ts';
import type { ReadinessCheck } from './readiness.ts';

interface SchemaMigration {
  /** Applies the schema once the database is up. Rejects with the signal's reason. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether the database answers and the schema has been applied. */
  check: ReadinessCheck;
}

export function createSchemaMigration(
  repository: Pick<MeowRepository, 'ping' | 'migrate'>,
  logger: Logger,
): SchemaMigration {
  let applied = false;
  return {
    async run(signal) {
      await retryForever(() => repository.migrate(), { what: 'migrate the database', logger, signal });
      applied = true;
    },
    check: {
      name: 'postgres',
      async check() {
        await repository.ping();
        if (!applied) throw new Error('the schema has not been applied yet');
      },
    },
  };
}
