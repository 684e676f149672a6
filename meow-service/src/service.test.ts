import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { checkReadiness } from '@meower/shared/service/readiness.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { expect, test, vi } from 'vitest';
import { createMeowService } from './service.ts';

test('is ready although the outbox is not drained, and says so', async () => {
  await using opened = new AsyncDisposableStack();
  const repository = await createPgliteRepository();
  opened.defer(() => repository.close());
  const broker = createInProcessBroker({ logger: silentLogger });
  opened.defer(() => broker.close());
  let ageS = 0;
  const outbox = { ...repository.outbox, oldestAgeS: async () => ageS };
  const service = createMeowService({ repository: { ...repository, outbox }, broker, logger: silentLogger });
  opened.defer(() => service.close());
  const readiness = () => checkReadiness(service.checks);
  const checks = { postgres: 'ok', nats: 'ok', outbox: 'ok' };
  await vi.waitFor(async () => expect(await readiness()).toEqual({ ready: true, checks }), 10_000);
  ageS = 75.4;
  const outboxStuck = 'the oldest event has not been published for 75 s';
  expect(await readiness()).toEqual({ ready: true, checks: { ...checks, outbox: outboxStuck } });
});
