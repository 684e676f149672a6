import { retryForever } from '../async/retry.ts';
import type { MeowRepository } from '../db/meow-repository.ts';
import { UnknownSchemaError } from '../db/migrations.ts';
import { errorMessage } from '../process/error-details.ts';
import type { Logger } from '../process/logger.ts';
import type { ReadinessCheck } from './readiness.ts';

interface SchemaMigration {
  /**
   * Waits for the database, and for its schema. Rejects with the signal's reason, and with
   * `UnknownSchemaError` if the schema is newer than this version, or if its migration does not begin.
   */
  run(signal: AbortSignal): Promise<void>;
  /** Whether the database answers and its schema is known. */
  check: ReadinessCheck;
}

interface SchemaMigrationOptions {
  /** How long a schema may be older before a migration begins, in milliseconds. */
  patienceMs?: number;
  /** Pause between two attempts, in milliseconds. */
  retryMs?: number;
}

export function createSchemaMigration(
  repository: Pick<MeowRepository, 'ping' | 'migrate'>,
  logger: Logger,
  { patienceMs = 60_000, retryMs = 2000 }: SchemaMigrationOptions = {},
): SchemaMigration {
  let missing: string | undefined = 'the schema has not been applied yet';
  let refuseAtMs: number | undefined;

  /** Resolves to the reason why there is no use in waiting. */
  const migrate = async (): Promise<UnknownSchemaError | undefined> => {
    try {
      await repository.migrate();
      missing = undefined;
      return undefined;
    } catch (error) {
      missing = errorMessage(error);
      if (!(error instanceof UnknownSchemaError)) throw error;
      if (!error.isOld) return error;
      if (error.isMigrating) refuseAtMs = undefined;
      else refuseAtMs ??= performance.now() + patienceMs;
      if (refuseAtMs !== undefined && performance.now() >= refuseAtMs) return error;
      throw error;
    }
  };

  return {
    async run(signal) {
      const what = 'migrate the database';
      const refusal = await retryForever(migrate, { what, logger, signal, delayMs: retryMs });
      if (refusal) throw refusal;
    },
    check: {
      name: 'postgres',
      async check() {
        await repository.ping();
        if (missing !== undefined) throw new Error(missing);
      },
    },
  };
}
