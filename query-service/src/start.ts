import { readFile } from 'node:fs/promises';
import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { createElasticRepository } from '@meower/shared/search/elastic.ts';
import { type Served, serve } from '@meower/shared/service/serve.ts';
import type { Config } from './config.ts';
import { createQueryService } from './service.ts';

/** The built front end, which the image of this service has too. */
const PAGE_FILE = new URL('../../frontend/dist/index.html', import.meta.url);
const readPage = () => readFile(PAGE_FILE, 'utf8');

/**
 * The service on Postgres, NATS and Elasticsearch. It listens immediately; these may become available later.
 */
export async function startQueryService(config: Config, logger: Logger): Promise<Served> {
  await using opened = new AsyncDisposableStack();
  const repository = createPostgresRepository(config.postgres, logger);
  opened.defer(() => repository.close());
  const search = createElasticRepository(config.elastic, { logger });
  opened.defer(() => search.close());
  const broker = createNatsBroker(config.nats, { logger });
  opened.defer(() => broker.close());

  const service = createQueryService({ repository, broker, search, logger, page: readPage });
  const served = await serve([service], { logger, port: config.port });
  opened.defer(() => served.close());

  const closing = opened.move();
  return { port: served.port, close: () => closing.disposeAsync() };
}
