import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import { deletedEvent, meowDeleted } from '@meower/shared/event/meow-events.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMeowService } from './service.ts';

const newMeowId = createIdGenerator();
const broker = createInProcessBroker({ logger: silentLogger });
let restored: MeowRepository;
let opened: AsyncDisposableStack;

beforeEach(async () => {
  opened = new AsyncDisposableStack();
  opened.defer(() => broker.close());
  restored = await createPgliteRepository();
  opened.defer(() => restored.close());
  await restored.migrate();
});
afterEach(() => opened.disposeAsync());

test('a database that was restored from before a deletion learns of it when the service starts', async () => {
  const meows = Array.from({ length: 3 }, () => ({ ...newMeowId(), body: 'meow' }));
  await restored.insertMeows(meows.map((meow) => ({ meow, headers: {} })));
  const [gone, ...left] = meows.map(({ id }) => id) as [string, string, string];
  // More than one page of the stream, most of it not in the backup.
  const others = Array.from({ length: 1500 }, () => newMeowId().id);
  await broker.publish(
    meowDeleted.name,
    [...others, gone].map((id) => deletedEvent(id, {})),
  );
  const service = createMeowService({ repository: restored, broker, logger: silentLogger });
  opened.defer(() => service.close());
  await vi.waitFor(async () => {
    const listed = await restored.listMeows(0, 10);
    expect(listed.map(({ id }) => id).toSorted()).toEqual(left);
  });
  expect(await restored.findDeleted([gone, others[0] as string])).toHaveLength(2);
});
