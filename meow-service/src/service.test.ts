import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import { DatabaseUnavailableError } from '@meower/shared/db/sql.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { checkReadiness } from '@meower/shared/service/readiness.ts';
import { serve } from '@meower/shared/service/serve.ts';
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

test.each([
  [500, undefined, new Error('value too long for type')],
  [503, '1', new DatabaseUnavailableError('Postgres is unavailable: no answer within 10000 ms')],
])('a post that cannot be stored is a %i, with Retry-After %s', async (status, retryAfter, failure) => {
  await using opened = new AsyncDisposableStack();
  const repository = await createPgliteRepository();
  opened.defer(() => repository.close());
  const broker = createInProcessBroker({ logger: silentLogger });
  opened.defer(() => broker.close());
  const failing = { ...repository, insertMeows: () => Promise.reject(failure) };
  const service = createMeowService({ repository: failing, broker, logger: silentLogger });
  const served = await serve([service], { logger: silentLogger, port: 0, host: '127.0.0.1' });
  opened.defer(() => served.close());
  await vi.waitFor(async () => expect((await checkReadiness(service.checks)).ready).toBe(true), 20_000);
  const body = new URLSearchParams({ body: 'meow' });
  const response = await fetch(`http://127.0.0.1:${served.port}/meows`, { method: 'POST', body });
  expect([response.status, response.headers.get('retry-after') ?? undefined]).toEqual([status, retryAfter]);
  expect(await response.json()).toEqual({ error: 'Failed to create meow' });
});
