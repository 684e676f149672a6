import { loadConfig } from '@meower/pusher-service/config.ts';
import { createPusherService } from '@meower/pusher-service/service.ts';
import type { Broker, SequencedMessage } from '@meower/shared/message/capabilities.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { runProgram } from '@meower/shared/process/program.ts';
import { serve } from '@meower/shared/service/serve.ts';

/** The pusher with `deliver` between the event stream and its sockets. */
export async function runFaultyPusher(
  deliver: (message: SequencedMessage, handler: (message: SequencedMessage) => void) => void,
): Promise<void> {
  await runProgram('pusher-service', loadConfig, async (config, logger) => {
    const product = createNatsBroker(config.nats, { logger });
    const broker: Broker = {
      ...product,
      follow: (topics, { onMessage, onReset }) =>
        product.follow(topics, { onMessage: (message) => deliver(message, onMessage), onReset }),
    };
    const service = createPusherService({ broker, logger, ringSize: config.ringSize });
    return serve([service], { logger, port: config.port });
  });
}
