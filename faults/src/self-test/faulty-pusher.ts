import { loadConfig } from '@meower/pusher-service/config.ts';
import { createPusherService } from '@meower/pusher-service/service.ts';
import { createEventStore } from '@meower/shared/event/broker-event-store.ts';
import type { EventStore } from '@meower/shared/event/store.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { runProgram } from '@meower/shared/process/program.ts';
import { serve } from '@meower/shared/service/service.ts';

/** The pusher on events that are not what they should be. */
export async function runSabotagedPusher(sabotage: (events: EventStore) => EventStore): Promise<void> {
  await runProgram('pusher-service', loadConfig, async (config, logger) => {
    const events = sabotage(createEventStore(createNatsBroker(config.nats, { logger }), logger));
    const service = createPusherService({ events, logger, ringSize: config.ringSize });
    return serve([service], { logger, port: config.port });
  });
}
