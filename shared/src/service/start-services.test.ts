import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { openPglite } from '../db/pglite.ts';
import { statement } from '../db/sql.ts';
import { defineEvent } from '../event/define-event.ts';
import { defineRoutes } from '../http/define-routes.ts';
import { createInProcessBroker } from '../message/in-process.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { type CreateService, startServices } from './start-services.ts';

const SOON = { timeout: 30_000, interval: 20 };
const catSeen = defineEvent('cat.seen', { source: '/test', key: (cat) => cat, schema: z.string() });
const insert = statement('insert_cat', 'INSERT INTO cats VALUES ($1)');

async function startCats(services: Record<'writer' | 'reader', CreateService>, logger = silentLogger) {
  const broker = createInProcessBroker({ logger });
  const system = await startServices({
    services,
    names: ['writer', 'reader'],
    bindOf: () => ({ host: '127.0.0.1', port: 0 }),
    operatorBind: { host: '127.0.0.1', port: 0 },
    brokerOf: () => broker,
    openDatabase: () => openPglite(),
    logger,
  });
  return { urls: system.urls, close: () => system.close().then(broker.close) };
}

test('a service stores rows with events, which another one handles; it is ready when its tables exist', async () => {
  await using folder = await temporaryFolder();
  const schema = join(folder.path, 'cats.sql');
  await writeFile(schema, 'CREATE TABLE IF NOT EXISTS cats (name TEXT)');
  const handled: string[] = [];
  const { urls, close } = await startCats({
    async writer({ openDatabase, withOutbox }) {
      const transaction = withOutbox(await openDatabase(pathToFileURL(schema)));
      const addCat = (cat: string) =>
        transaction(async (session, add) => {
          await session.run(insert, [cat]);
          await add(catSeen.create(cat, { id: randomUUID() }));
        });
      return {
        routes: defineRoutes({
          'POST /cats/:name': async (req, res) => {
            await addCat(String(req.params.name));
            res.json('stored');
          },
        }),
      };
    },
    reader: async ({ handle }) => ({
      router: handle(catSeen.name, async (message) => void handled.push(catSeen.read(message))),
    }),
  });
  try {
    const statusOf = async (url: string | undefined) => (await fetch(`${url}/readyz`)).status;
    await vi.waitFor(async () => expect(await statusOf(urls.writer)).toBe(200), SOON);
    await vi.waitFor(async () => expect(await statusOf(urls.reader)).toBe(200), SOON);
    expect((await fetch(`${urls.writer}/cats/Tom`, { method: 'POST' })).status).toBe(200);
    await vi.waitFor(() => expect(handled).toEqual(['Tom']), SOON);
  } finally {
    await close();
  }
}, 90_000);

test('what is for operators has a port of its own, which web pages cannot use', async () => {
  const { urls, close } = await startCats({
    writer: async () => ({
      operatorRoutes: defineRoutes({ 'POST /rebuild': (_req, res) => void res.json('rebuilt') }),
    }),
    reader: async () => ({}),
  });
  try {
    const post = async (url: string | undefined, headers: Record<string, string> = {}) =>
      (await fetch(`${url}/rebuild`, { method: 'POST', headers })).status;
    expect(await post(urls.operators)).toBe(200);
    expect(await post(urls.operators, { origin: 'https://evil.example' })).toBe(403);
    expect(await post(urls.writer)).toBe(404);
  } finally {
    await close();
  }
});

test('a service that cannot be created closes those before it', async () => {
  const closed = vi.fn(async () => {});
  const starting = startCats({
    async writer({ keep }) {
      keep({ close: closed });
      return {};
    },
    async reader() {
      throw new Error('no such cat');
    },
  });
  await expect(starting).rejects.toThrow('no such cat');
  expect(closed).toHaveBeenCalledOnce();
});
