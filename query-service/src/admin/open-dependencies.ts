import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { createElasticRepository } from '@meower/shared/search/elastic.ts';
import { loadConfig } from '../config.ts';

/** For counting a large table. */
const PATIENCE_MS = 600_000;

/** The database and the index that the settings name, for a command; closed by `await using`. */
export function openDependencies() {
  const { postgres, elastic } = loadConfig();
  // A command says itself what goes wrong.
  const logger = createLogger('command', 'error');
  const repository = createPostgresRepository({ ...postgres, timeoutMs: PATIENCE_MS }, logger);
  const search = createElasticRepository(elastic, { logger });
  return {
    repository,
    search,
    async [Symbol.asyncDispose]() {
      await Promise.all([repository.close(), search.close()]);
    },
  };
}

export const say = (text: string) => process.stdout.write(text);
