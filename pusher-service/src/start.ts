import { createEventStore } from '@meower/shared/event/broker-event-store.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { type Served, serve } from '@meower/shared/service/service.ts';
import type { Config } from './config.ts';
import { isOneOfSeveral, reportListening, sharesPort, startProcesses } from './processes.ts';
import { createPusherService } from './service.ts';

/** The service on the real parts. It is up at once; what it needs may come later. */
export function startPusherService(config: Config, logger: Logger): Promise<Served> {
  const { processes: count, port } = config;
  if (count > 1 && !isOneOfSeveral()) return startProcesses({ count, port, logger });
  return startOne(config, logger);
}

async function startOne(config: Config, logger: Logger): Promise<Served> {
  await using opened = new AsyncDisposableStack();
  const events = createEventStore(createNatsBroker(config.nats, { logger }), logger);
  opened.defer(() => events.close());

  const { limits, heartbeatMs, ringSize } = config;
  const service = createPusherService({ events, logger, limits, heartbeatMs, ringSize });
  const served = await serve([service], { logger, port: config.port, reusePort: sharesPort() });
  opened.defer(() => served.close());

  reportListening();
  const closing = opened.move();
  return { port: served.port, close: () => closing.disposeAsync() };
}
