import { createMeowService } from '@meower/meow-service/service.ts';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { serve } from '@meower/shared/service/serve.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { expect, test, vi } from 'vitest';
import { refuseWhenLow, watchFreeSpace } from './free-space.ts';

test('on a disk that is nearly full posts are refused with a sentence, until there is space again', async () => {
  await using stack = new AsyncDisposableStack();
  let free = 1e12;
  const space = await watchFreeSpace('/data', { logger: silentLogger, freeBytes: async () => free });
  stack.defer(() => space.close());
  const repository = await createPgliteRepository();
  stack.defer(() => repository.close());
  await repository.migrate();
  const broker = createInProcessBroker();
  stack.defer(() => broker.close());
  const service = createMeowService({
    repository: refuseWhenLow(repository, space),
    broker,
    logger: silentLogger,
  });
  const served = await serve([service], { logger: silentLogger, port: 0 });
  stack.defer(() => served.close());
  const post = () =>
    fetch(`http://127.0.0.1:${served.port}/meows`, {
      method: 'POST',
      body: new URLSearchParams({ body: 'meow' }),
    });

  expect((await post()).status).toBe(200);
  free = 1000;
  await vi.waitFor(() => expect(space.isLow).toBe(true), 5000);
  const refused = await post();
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await refused.json()).toEqual({ error: 'The disk is nearly full, no meows are stored' });
  expect(await repository.countMeows()).toBe(1);
  free = 1e12;
  await vi.waitFor(() => expect(space.isLow).toBe(false), 5000);
  expect((await post()).status).toBe(200);
});
