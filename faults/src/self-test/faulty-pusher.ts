import { loadConfig } from '@meower/pusher-service/config.ts';
import { createPusherService } from '@meower/pusher-service/service.ts';
import { createEventStore } from '@meower/shared/event/broker-event-store.ts';
import type { EventStore, MeowCreated } from '@meower/shared/event/store.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { runProgram } from '@meower/shared/process/program.ts';
import { serve } from '@meower/shared/service/serve.ts';

/** The pusher with `deliver` between the event stream and its sockets. */
export async function runFaultyPusher(
  deliver: (event: MeowCreated, handler: (event: MeowCreated) => void) => void,
): Promise<void> {
  await runProgram('pusher-service', loadConfig, async (config, logger) => {
    const store = createEventStore(createNatsBroker(config.nats, { logger }), logger);
    const events: EventStore = {
      ...store,
      onMeowCreated: (handler, onReset) => store.onMeowCreated((event) => deliver(event, handler), onReset),
    };
    const service = createPusherService({ events, logger, ringSize: config.ringSize });
    return serve([service], { logger, port: config.port });
  });
}
