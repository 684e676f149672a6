import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readSql } from '../../../db/read-sql.ts';
import type { SqlDatabase, SqlSession } from '../../../db/sql.ts';
import { silentLogger } from '../../../testing/silent-logger.ts';
import { createInProcessBroker } from '../../in-process.ts';
import { createRouter } from '../router.ts';
import { incoming, message } from '../testing/samples.ts';
import { twice } from '../testing/twice.ts';
import { deleteHandled, ONCE_SCHEMA, once } from './once.ts';
import { skipHandled } from './skip-handled.ts';

const { signal } = new AbortController();

/** The promises of `once`, on one database. */
export function onceContract(
  name: string,
  open: () => Promise<{ db: SqlDatabase; close(): Promise<void> }>,
): void {
  describe(`once on ${name}`, () => {
    let db: SqlDatabase;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ db, close } = await open());
      const schema = await readSql(ONCE_SCHEMA);
      // As several replicas do when they start.
      await Promise.all(Array.from({ length: 5 }, () => db.script(schema)));
      await db.script('CREATE TABLE effects (id text)');
    });
    afterAll(() => close());

    const addEffect = async (session: SqlSession, id: string) => {
      await session.run({ name: 'add_effect', text: 'INSERT INTO effects VALUES ($1)' }, [id]);
    };
    const effects = async (id: string) =>
      (await db.run({ name: 'effects', text: 'SELECT id FROM effects WHERE id = $1' }, [id])).length;

    test('a message delivered again has its effect once', async () => {
      const handle = once({ db, handler: 'h' }, ({ id }, session) => addEffect(session, id));
      for (let i = 0; i < 3; i++) await handle(incoming('again'), signal);
      expect(await effects('again')).toBe(1);
    });

    test('a message delivered two times at the same time has its effect once', async () => {
      const handle = once({ db, handler: 'h' }, ({ id }, session) => addEffect(session, id));
      await Promise.all(Array.from({ length: 5 }, () => handle(incoming('same time'), signal)));
      expect(await effects('same time')).toBe(1);
    });

    test('a handler that fails after its effect leaves neither effect nor record: the message is not lost', async () => {
      let fails = true;
      const handle = once({ db, handler: 'h' }, async ({ id }, session) => {
        await addEffect(session, id);
        if (fails) throw new Error('fails');
      });
      await expect(handle(incoming('fails'), signal)).rejects.toThrow('fails');
      expect(await effects('fails')).toBe(0);
      fails = false;
      await handle(incoming('fails'), signal);
      expect(await effects('fails')).toBe(1);
    });

    test('handlers and topics that share the table are distinguished', async () => {
      const handles = ['h1', 'h2'].map((handler) =>
        once({ db, handler }, ({ id }, session) => addEffect(session, id)),
      );
      for (const handle of handles) {
        await handle(incoming('shared'), signal);
        await handle({ ...incoming('shared'), topic: 'other' }, signal);
      }
      expect(await effects('shared')).toBe(4);
    });

    test('what was handled before a time is deleted, and nothing else', async () => {
      const handle = once({ db, handler: 'h' }, ({ id }, session) => addEffect(session, id));
      await handle(incoming('old'), signal);
      await deleteHandled(db, new Date(Date.now() - 3_600_000));
      await handle(incoming('old'), signal);
      expect(await effects('old')).toBe(1);
      await deleteHandled(db, new Date(Date.now() + 3_600_000));
      await handle(incoming('old'), signal);
      expect(await effects('old')).toBe(2);
    });

    test('many old records are all deleted', async () => {
      await db.script(
        `INSERT INTO handled_messages SELECT 'h', 'many', n, now() - interval '1 day' FROM generate_series(1, 12000) AS n`,
      );
      await deleteHandled(db, new Date(Date.now() - 3_600_000));
      const left = { name: 'left', text: `SELECT FROM handled_messages WHERE topic = 'many'` };
      expect(await db.run(left)).toHaveLength(0);
    });

    test('skipHandled: an effect outside of the database is not repeated once its handler has resolved', async () => {
      const handle = vi.fn(async () => {});
      handle.mockRejectedValueOnce(new Error('fails'));
      const handleNew = skipHandled(db)(handle, { name: 'outside' });
      await expect(handleNew(incoming('1'), signal)).rejects.toThrow('fails');
      for (let i = 0; i < 3; i++) await handleNew(incoming('1'), signal);
      expect(handle).toHaveBeenCalledTimes(2);
      await skipHandled(db)(handle, { name: 'another' })(incoming('1'), signal);
      expect(handle).toHaveBeenCalledTimes(3);
    });

    test('behind a router that handles every message two times', async () => {
      const broker = createInProcessBroker();
      const router = createRouter({ logger: silentLogger, use: [twice] });
      const handle = once({ db, handler: 'h' }, ({ id }, session) => addEffect(session, id));
      router.add({ name: 'h', from: { consumer: broker, topic: 'topic' }, handle });
      await router.start();
      await broker.publish('topic', [message('routed', 'a'), message('routed last', 'a')]);
      await vi.waitFor(async () => expect(await effects('routed last')).toBe(1), {
        timeout: 10_000,
        interval: 5,
      });
      expect(await effects('routed')).toBe(1);
      await router.close();
    });
  });
}
