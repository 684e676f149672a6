import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createIdGenerator } from '../meow/meow-id.ts';
import { parsePostgresUrl } from '../settings/postgres.ts';
import { describeReal } from '../testing/describe-real.ts';
import { createPostgresReplica, createPostgresServer } from '../testing/postgres-server.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { waitUntil } from '../testing/wait-until.ts';
import type { MeowRepository } from './meow-repository.ts';
import { createPostgres, type PostgresConfig } from './postgres.ts';
import { createReadSession } from './read-replica.ts';
import type { SqlDatabase } from './sql.ts';
import { createSqlRepository } from './sql-meow-repository.ts';

const POSTS = 50;
const newMeowId = createIdGenerator();
const pauseState = { name: 'pause_state', text: 'SELECT pg_get_wal_replay_pause_state() AS state' };
const newMeow = () => ({ ...newMeowId(), body: 'meow' });

describeReal('postgres_server', (binaries) => {
  let primary: Awaited<ReturnType<typeof createPostgresServer>>;
  let replica: Awaited<ReturnType<typeof createPostgresServer>>;
  let db: SqlDatabase;
  let replicaDb: SqlDatabase;
  let repository: MeowRepository;
  /** Reads that the replica answered. */
  let answeredByReplica: number;

  const configOf = ({ url }: { url: string }) => parsePostgresUrl(url) as PostgresConfig; // our own URL
  const list = async (skip = 0) => (await repository.listMeows(skip, 10)).map(({ id }) => id);

  beforeAll(async () => {
    primary = await createPostgresServer(binaries);
    await primary.start();
    replica = await createPostgresReplica(binaries, primary);
    await replica.start();
    db = createPostgres(configOf(primary), silentLogger);
    replicaDb = createPostgres(configOf(replica), silentLogger);
    const counting: SqlDatabase['run'] = async (statement, values) => {
      const rows = await replicaDb.run(statement, values);
      if (statement.name.startsWith('list')) answeredByReplica++;
      return rows;
    };
    repository = createSqlRepository(db, createReadSession(db, { run: counting }, silentLogger));
    await repository.migrate();
  });
  beforeEach(() => {
    answeredByReplica = 0;
  });
  afterAll(async () => {
    await Promise.all([db.close(), replicaDb.close()]);
    await Promise.all([replica.wipe(), primary.wipe()]);
  });

  test('a list has each meow that was stored before it was asked for, and the replica answers most', async () => {
    for (let i = 0; i < POSTS; i++) {
      const meow = newMeow();
      await repository.insertMeow(meow);
      expect((await list())[0]).toBe(meow.id);
      expect((await repository.findMeow(meow.id))?.id).toBe(meow.id);
    }
    expect(answeredByReplica).toBeGreaterThan(POSTS / 2);
  });

  test('a replica that is far behind does not answer', async () => {
    await replicaDb.script('SELECT pg_wal_replay_pause()');
    await waitUntil(async () => {
      const [row] = await replicaDb.run<{ state: string }>(pauseState);
      return row?.state === 'paused' ? undefined : `replay is ${row?.state}`;
    });
    const meow = newMeow();
    await repository.insertMeow(meow);
    expect((await list())[0]).toBe(meow.id);
    expect(answeredByReplica).toBe(0);
    await replicaDb.script('SELECT pg_wal_replay_resume()');
  });

  test('no read fails when the replica is killed, and it answers again when it is back', async () => {
    await replica.kill();
    const meow = newMeow();
    await repository.insertMeow(meow);
    expect((await list())[0]).toBe(meow.id);
    await replica.start();
    await waitUntil(async () => {
      await list();
      return answeredByReplica > 0 ? undefined : 'the primary still answers';
    });
  });

  test('the replica answers reads while the primary is killed', async () => {
    const meow = newMeow();
    await repository.insertMeow(meow);
    // It has received the meow then.
    expect((await list())[0]).toBe(meow.id);
    await waitUntil(async () =>
      (await replicaDb.run(findIn(meow.id))).length > 0 ? undefined : 'not replayed',
    );
    await primary.kill();
    // Its processes answer until they notice.
    await waitUntil(async () => {
      const answers = await db.run({ name: 'ping', text: 'SELECT 1' }).then(
        () => true,
        () => false,
      );
      return answers ? 'the primary answers' : undefined;
    });
    const [one, other] = [await repository.dataVersion(), await repository.dataVersion()];
    expect(one).not.toBe(other);
    await repository.ping();
    expect((await list())[0]).toBe(meow.id);
    expect((await repository.findMeow(meow.id))?.id).toBe(meow.id);
    await expect(repository.insertMeow(newMeow())).rejects.toThrow();
    await primary.start();
    const next = newMeow();
    // A probe finds that the primary is back.
    await waitUntil(() => repository.insertMeow(next).then(() => undefined, String));
    expect((await list())[0]).toBe(next.id);
  });
});

function findIn(id: string) {
  return { name: `find ${id}`, text: `SELECT FROM meows WHERE id = '${id}'` };
}
