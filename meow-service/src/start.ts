import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { type Served, serve } from '@meower/shared/service/serve.ts';
import { serveAdminApi } from './admin-api.ts';
import type { Config } from './config.ts';
import { openBlockedWords } from './moderation/blocked-words.ts';
import { createMeowService } from './service.ts';

/** The service on Postgres and NATS. It listens immediately; the two may become available later. */
export async function startMeowService(config: Config, logger: Logger): Promise<Served> {
  await using opened = new AsyncDisposableStack();
  const repository = createPostgresRepository(config.postgres, logger);
  opened.defer(() => repository.close());
  const broker = createNatsBroker(config.nats, { logger });
  opened.defer(() => broker.close());

  const { postOrigins, posterDays, blockedWordsFile } = config.moderation;
  const isBlocked = await openBlockedWords(blockedWordsFile, logger, opened);
  // Only nginx reaches the service, and it names the client.
  const moderation = { postOrigins, posterDays, isBlocked, behindProxy: true };
  const { relay, proofOfWork } = config;
  const service = createMeowService({ repository, broker, logger, relay, proofOfWork, moderation });
  const served = await serve([service], { logger, port: config.port });
  opened.defer(() => served.close());
  if (config.admin) {
    const admin = await serveAdminApi({ ...config.admin, service, logger });
    opened.defer(() => admin.close());
  }

  const closing = opened.move();
  return { port: served.port, close: () => closing.disposeAsync() };
}
