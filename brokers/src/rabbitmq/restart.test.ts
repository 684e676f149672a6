import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { createRabbitBroker } from '../rabbitmq.ts';
import { crashContract } from '../testing/crash.contract.ts';
import { createRabbitServer } from '../testing/rabbitmq.ts';

describeReal('rabbitmq_server', (binary) => {
  crashContract(async () => {
    const server = await createRabbitServer(binary);
    const url = `amqp://guest:guest@${server.address}`;
    const config = { url, longestRetryMs: 100, publishTimeoutMs: 1000, heartbeatS: 1 };
    return {
      server,
      open: () => createRabbitBroker(config, { logger: silentLogger }),
      // 3.10 writes the names of its quorum queues later: without its name a queue has no messages after a crash.
      async groupIsSafe() {
        await server.stop();
        await server.start();
      },
    };
  });
});
