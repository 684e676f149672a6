import { createOperatorClient } from '@meower/client/operator-client.ts';
import { serveAdminApi } from '@meower/meow-service/admin-api.ts';
import { createMeowService } from '@meower/meow-service/service.ts';
import { createPusherService } from '@meower/pusher-service/service.ts';
import { createQueryService } from '@meower/query-service/service.ts';
import type { SqlDatabase } from '@meower/shared/db/sql.ts';
import { createSqlRepository } from '@meower/shared/db/sql-meow-repository.ts';
import { MEOW_STREAMS, meowCreated } from '@meower/shared/event/meow-events.ts';
import { meowFromJson } from '@meower/shared/meow/meow.ts';
import type { Broker } from '@meower/shared/message/capabilities.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { createSqlBroker, readSqlBrokerSchema } from '@meower/shared/message/sql.ts';
import { createLogger, type Logger } from '@meower/shared/process/logger.ts';
import { serve } from '@meower/shared/service/serve.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { createTestIndex, type TestIndex } from '@meower/shared/testing/elasticsearch.ts';
import { createNatsServer } from '@meower/shared/testing/nats-server.ts';
import { createTestDatabase } from '@meower/shared/testing/postgres.ts';
import type { ServerProcess } from '@meower/shared/testing/server-process.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HttpClient } from '../contract/http-client.ts';
import { WebSocketClient } from '../contract/websocket-client.ts';
import { uniqueWord } from '../unique-word.ts';
import { answersWith, filesWith, indexesWith, tablesWith } from './scan.ts';

vi.setConfig({ testTimeout: 90_000 });

const TOKEN = 'a token of operators';
/** Short, so that the test does not wait long for it. */
const LEFTOVER_AFTER_MS = 3000;
/** A request of this test, which is logged at the level `debug`. */
const SEARCH = '/search?query=';
const SOON = { timeout: 40_000, interval: 250 };

describeReal('postgres', (postgresUrl) => {
  describeReal('elasticsearch', (elasticsearch) => {
    let opened: AsyncDisposableStack;
    let index: TestIndex;
    let db: SqlDatabase;
    let logLines: string[];
    let logger: Logger;

    beforeEach(async () => {
      opened = new AsyncDisposableStack();
      logLines = [];
      logger = createLogger('test', 'trace', { write: (line) => void logLines.push(line) });
      index = createTestIndex(elasticsearch, { leftoverAfterMs: LEFTOVER_AFTER_MS });
      opened.defer(() => index.remove());
      db = await openDatabase();
    });
    afterEach(() => opened.disposeAsync());

    async function openDatabase(): Promise<SqlDatabase> {
      const database = await createTestDatabase(postgresUrl);
      opened.defer(() => database.drop());
      return database.db;
    }

    async function start(broker: Broker, database = db) {
      const repository = createSqlRepository(database);
      const search = index.another();
      const meows = createMeowService({ repository, broker, logger });
      const services = [
        meows,
        createQueryService({ repository, broker, search, logger }),
        createPusherService({ broker, logger }),
      ];
      const { port, close } = await serve(services, { logger, port: 0 });
      opened.defer(close);
      const admin = await serveAdminApi({ port: 0, token: TOKEN, service: meows, logger });
      opened.defer(() => admin.close());
      const url = `http://127.0.0.1:${port}`;
      const isReady = async () => expect((await fetch(`${url}/readyz`)).status).toBe(200);
      await vi.waitFor(isReady, SOON);
      return { url, adminUrl: `http://127.0.0.1:${admin.port}`, repository };
    }

    /** A group that rejects the meow; its dead letter is retried, so it is stored again. */
    async function makeDeadLetter(broker: Broker, id: string): Promise<void> {
      // Others too: a file of NATS that holds nothing else would be deleted.
      await broker.consume([meowCreated.name], 'rejecting', async (batch) => {
        for (const delivery of batch) await delivery.reject('no');
      });
      const letter = async () => {
        const found = (await broker.deadLetters.list()).find((each) => each.id === id);
        return found?.position ?? expect.fail(`no dead letter of ${id}`);
      };
      const rejected = await vi.waitFor(letter, SOON);
      await broker.deadLetters.retry(rejected);
      await vi.waitFor(async () => expect(await letter()).not.toBe(rejected), SOON);
    }

    /** With the address of the reporter, as the meow is stored with that of its poster. */
    async function report(url: string, id: string, text: string): Promise<void> {
      const body = new URLSearchParams({ reason: 'other', text });
      expect((await fetch(`${url}/meows/${id}/reports`, { method: 'POST', body })).status).toBe(202);
      expect((await tablesWith(id, db)).toSorted()).toEqual(
        expect.arrayContaining(['table meow_posters', 'table meow_reports']),
      );
    }

    /** Deletes a meow that is everywhere. `scanStores`: the stores of the broker. */
    async function deleteEverywhere(
      openBroker: () => Promise<Broker>,
      scanStores: (word: string) => Promise<string[]>,
      expected: string[],
    ): Promise<void> {
      const broker = await openBroker();
      const { url, adminUrl } = await start(broker);
      const client = new HttpClient({ url: () => url });
      const page = await WebSocketClient.open(url);
      const { seq } = await page.waitForMeow(await client.postMeow('before'));
      const word = uniqueWord();
      const stays = uniqueWord();
      const [id, other] = (await client.postMeows(`${word} <b>`, stays)) as [string, string];
      await page.waitForMeow(other);
      await report(url, id, word);
      await makeDeadLetter(broker, id);
      await vi.waitFor(async () => expect(await client.search(word)).toHaveLength(1), SOON);
      // Interrupted: it ends with neither `swap` nor `abandon`.
      const reindex = await index.repository.rebuild();
      await reindex.insertMeows([meowFromJson(await client.listed(id))]);
      // Its ring is empty: it reads what a page has missed from the stream.
      const second = await start(await openBroker());

      const scan = async (text: string, meow: string) => [
        ...(await tablesWith(text, db)),
        ...(await indexesWith(text, index)),
        ...(await scanStores(text)),
        ...(await answersWith(text, meow, url, seq)),
        ...(await answersWith(text, meow, second.url, seq)).map((place) => `second ${place}`),
        ...(logLines.some((line) => line.includes(text) && !line.includes(SEARCH)) ? ['log'] : []),
      ];
      const indexes = (await index.indexes()).sort().map((name) => `index ${name}`);
      expect(indexes).toHaveLength(2);
      const answers = ['list', 'permalink', 'search', 'page'];
      const everywhere = [...indexes, ...expected, ...answers, ...answers.map((place) => `second ${place}`)];
      expect((await scan(word, id)).toSorted()).toEqual(everywhere.toSorted());

      await createOperatorClient(adminUrl, TOKEN).deleteMeow(id);
      await page.waitForDeletion(id);
      await page.close();
      await vi.waitFor(async () => expect(await scan(word, id)).toEqual([]), SOON);
      for (const table of ['table meow_posters', 'table meow_reports'])
        expect(await tablesWith(id, db)).not.toContain(table);
      expect(await scan(stays, other)).toEqual(
        expect.arrayContaining([...answers, ...answers.map((place) => `second ${place}`)]),
      );
    }

    test('with the broker in Postgres, nothing has the text of a deleted meow', async () => {
      await db.script(await readSqlBrokerSchema());
      const openBroker = async () => {
        const broker = createSqlBroker(db, { logger });
        opened.defer(() => broker.close());
        return broker;
      };
      await deleteEverywhere(openBroker, async () => [], [
        'table broker_messages',
        'table meow_reports',
        'table meows',
      ]);
    });

    describeReal('nats_server', (binary) => {
      let nats: ServerProcess;
      const openBroker = async () => {
        const broker = createNatsBroker({ address: nats.address, streams: MEOW_STREAMS }, { logger });
        opened.defer(() => broker.close());
        return broker;
      };

      beforeEach(async () => {
        nats = await createNatsServer(binary);
        opened.defer(() => nats.wipe());
        await nats.start();
      });

      test('with NATS, nothing has the text of a deleted meow, nor have the files of the server', async () => {
        const blockOf = (stream: string) => `file jetstream/$G/streams/${stream}/msgs/1.blk`;
        await deleteEverywhere(openBroker, (word) => filesWith(word, nats.folder), [
          'table meow_reports',
          'table meows',
          blockOf('MEOW'),
          blockOf('MEOW_DEAD'),
        ]);
      });

      test('a database restored from before a deletion learns of it from the stream', async () => {
        const first = await start(await openBroker());
        const client = new HttpClient({ url: () => first.url });
        const page = await WebSocketClient.open(first.url);
        const word = uniqueWord();
        const [id, other] = (await client.postMeows(word, uniqueWord())) as [string, string];
        await page.waitForMeow(other);
        const backup = await first.repository.listMeowsAfter('', 10);
        await first.repository.deleteMeows([id]);
        await page.waitForDeletion(id);
        await page.close();

        const restored = await openDatabase();
        const repository = createSqlRepository(restored);
        await repository.migrate();
        const inserted = await repository.insertMeows(backup.map((meow) => ({ meow, headers: {} })));
        await repository.outbox.deletePublished(inserted.flatMap(({ event }) => event ?? []));
        expect(await tablesWith(word, restored)).toEqual(['table meows']);
        const { url } = await start(await openBroker(), restored);
        await vi.waitFor(async () => expect(await tablesWith(word, restored)).toEqual([]), SOON);
        const ids = (await new HttpClient({ url: () => url }).list()).map((meow) => meow.id);
        expect(ids).toEqual([other]);
      });
    });
  });
});
