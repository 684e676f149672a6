import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import { publishMeowsCreated } from '@meower/shared/event/meow-events.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import { BrokerUnavailableError } from '@meower/shared/message/capabilities.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { createInMemorySearchRepository } from '@meower/shared/search/in-memory.ts';
import { serve } from '@meower/shared/service/serve.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createQueryService } from './service.ts';

const logger = createLogger('test', 'silent');
const newMeowId = createIdGenerator();
const SOON = { timeout: 20_000, interval: 20 };
const inProcess = createInProcessBroker({ logger });
let opened: AsyncDisposableStack;
let isFull: boolean;
let isUnavailable: boolean;
let find: () => Promise<{ found: number; degraded: boolean }>;

beforeEach(async () => {
  opened = new AsyncDisposableStack();
  isFull = false;
  isUnavailable = false;
  const repository = await createPgliteRepository();
  opened.defer(() => repository.close());
  await repository.migrate();
  const search = createInMemorySearchRepository();
  const service = createQueryService({
    repository,
    broker: {
      ...inProcess,
      async lag(topics, group) {
        if (isUnavailable) throw new BrokerUnavailableError('no connection');
        return inProcess.lag(topics, group);
      },
    },
    search: {
      ...search,
      insertMeows: async (meows) =>
        isFull ? meows.map(() => ({ status: 'busy', reason: 'disk' })) : search.insertMeows(meows),
    },
    staleAfterMs: 300,
    logger,
  });
  const { port, close } = await serve([service], { logger, port: 0 });
  opened.defer(close);
  find = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/search?query=purr`);
    const found = ((await response.json()) as unknown[]).length;
    return { found, degraded: response.headers.has('x-degraded') };
  };
  await becomes({ found: 0, degraded: false });
});
afterEach(() => opened.disposeAsync());

const becomes = (expected: { found: number; degraded: boolean }) =>
  vi.waitFor(async () => expect(await find()).toEqual(expected), SOON);
const publishMeow = () => publishMeowsCreated(inProcess, [{ ...newMeowId(), body: 'purr' }]);

test('searches are marked while meows cannot be indexed, until they are', async () => {
  await publishMeow();
  await becomes({ found: 1, degraded: false });
  isFull = true;
  await publishMeow();
  await becomes({ found: 1, degraded: true });
  isFull = false;
  await becomes({ found: 2, degraded: false });
});

test('searches are marked while the broker does not say whether meows wait', async () => {
  isUnavailable = true;
  await becomes({ found: 0, degraded: true });
  isUnavailable = false;
  await becomes({ found: 0, degraded: false });
});
