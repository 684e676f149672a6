import type { Message } from '@meower/shared/message/capabilities.ts';
import { publishThroughCrashes } from '@meower/shared/message/contract/crashes.ts';
import { follower, message, until } from '@meower/shared/message/contract/samples.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { expect, test } from 'vitest';
import { createKafkaBroker } from '../kafka.ts';
import { crashContract } from '../testing/crash.contract.ts';
import { createKafkaServer } from '../testing/kafka-server.ts';

const SETTINGS = { sessionTimeoutMs: 2000, heartbeatMs: 200, timeoutMs: 2000, retryMs: 100 };

describeReal('kafka_libs', (libs) => {
  crashContract(async () => {
    const server = await createKafkaServer(libs);
    const config = { ...SETTINGS, address: server.address };
    return { server, open: () => createKafkaBroker(config, { logger: silentLogger }) };
  });

  test.concurrent('a follower misses nothing when the server is killed under load', {
    timeout: 120_000,
  }, async () => {
    const server = await createKafkaServer(libs);
    await server.start();
    const broker = createKafkaBroker({ ...SETTINGS, address: server.address }, { logger: silentLogger });
    try {
      const { inbox, resets } = await follower(broker, 'topic');
      const next = (publisher: number) => ({ ...message(), key: String(publisher) });
      const sent = await publishThroughCrashes(broker, 'topic', server, { kills: 1, next });
      const ids = new Set(sent.map(({ id }) => id));
      const missing = (found: readonly Message[]) => ids.difference(new Set(found.map(({ id }) => id)));
      expect(missing(await broker.read(['topic'], undefined, 1_000_000))).toEqual(new Set());
      await until(() => expect(missing(inbox.received)).toEqual(new Set()));
      expect(resets()).toBe(0);
    } finally {
      await broker.close();
      await server.wipe();
    }
  });
});
