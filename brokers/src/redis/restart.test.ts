import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { createRedisBroker } from '../redis.ts';
import { crashContract } from '../testing/crash.contract.ts';
import { createRedisServer } from '../testing/redis.ts';

describeReal('redis_server', (binary) => {
  crashContract(async () => {
    const server = await createRedisServer(binary);
    const url = `redis://${server.address}`;
    const config = { url, longestRetryMs: 100, timeoutMs: 1000, ackWaitMs: 1000, pollIntervalMs: 100 };
    return { server, open: () => createRedisBroker(config, { logger: silentLogger }) };
  });
});
