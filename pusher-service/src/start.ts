import { createNatsBroker } from '@meower/shared/message/nats.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { type Served, serve } from '@meower/shared/service/serve.ts';
import type { Config } from './config.ts';
import { createPusherService } from './service.ts';

/** Starts the service on NATS. It listens before NATS can be reached. */
export async function startPusherService(config: Config, logger: Logger): Promise<Served> {
  await using opened = new AsyncDisposableStack();
  const broker = createNatsBroker(config.nats, { logger });
  opened.defer(() => broker.close());

  const { port, limits, origins, heartbeatMs, ringSize } = config;
  const service = createPusherService({ broker, logger, limits, origins, heartbeatMs, ringSize });
  const served = await serve([service], { logger, port });
  opened.defer(() => served.close());

  const closing = opened.move();
  return { port: served.port, close: () => closing.disposeAsync() };
}
