import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parsePostgresUrl } from '../settings/postgres.ts';
import { describeReal } from '../testing/describe-real.ts';
import { createPostgresServer } from '../testing/postgres-server.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { createPostgres, type PostgresConfig } from './postgres.ts';
import { DatabaseUnavailableError, type SqlDatabase } from './sql.ts';

const TIMEOUT_MS = 1500;
/** The client waits a second longer than the server would, and a probe takes a second. */
const BOUND_MS = TIMEOUT_MS + 2000 + 5000;
const SOON = { timeout: 20_000, interval: 20 };
const one = { name: 'one', text: 'SELECT 1 AS one' };

describeReal('postgres_server', (binaries) => {
  let server: Awaited<ReturnType<typeof createPostgresServer>>;
  let db: SqlDatabase;

  beforeAll(async () => {
    server = await createPostgresServer(binaries);
    await server.start();
    const config = parsePostgresUrl(server.url) as PostgresConfig; // a URL of the testing folder
    db = createPostgres({ ...config, maxConnections: 2, timeoutMs: TIMEOUT_MS }, silentLogger);
  });
  afterAll(async () => {
    await db.close();
    await server.wipe();
  });

  const refusal = async (work: () => Promise<unknown>) => {
    const started = performance.now();
    await expect(work()).rejects.toBeInstanceOf(DatabaseUnavailableError);
    return performance.now() - started;
  };
  const isBack = () => vi.waitFor(async () => expect(await db.run(one)).toEqual([{ one: 1 }]), SOON);

  test('a paused server is waited for within the limit, also by those that wait for a connection; then statements are refused immediately', async () => {
    await db.run(one);
    await server.signalAll('SIGSTOP');
    try {
      const waits = await Promise.all(
        Array.from({ length: 6 }, (_, n) =>
          refusal(() => (n % 2 ? db.run(one) : db.transaction((session) => session.run(one)))),
        ),
      );
      expect(Math.max(...waits)).toBeLessThan(BOUND_MS);
      for (const work of [() => db.run(one), () => db.transaction((session) => session.run(one))])
        await vi.waitFor(async () => expect(await refusal(work)).toBeLessThan(100), SOON);
    } finally {
      await server.signalAll('SIGCONT');
    }
    await isBack();
    await db.transaction((session) => session.run(one));
  });

  test('statements on a server that has ended are refused immediately, until it is back', async () => {
    await server.kill();
    await refusal(() => db.run(one));
    expect(await refusal(() => db.run(one))).toBeLessThan(1000);
    await server.start();
    await isBack();
  });

  test('a server whose disk is full refuses what would store something, and goes on answering', async () => {
    await refusal(() =>
      db.script("DO $$ BEGIN RAISE 'could not extend file' USING ERRCODE = '53100'; END $$"),
    );
    expect(await db.run(one)).toEqual([{ one: 1 }]);
  });

  test('an error of a statement, or of the work in a transaction, says nothing about the server', async () => {
    await expect(db.script('SELECT 1 / 0')).rejects.toMatchObject({ code: '22012' });
    await expect(db.run({ name: 'slow', text: 'SELECT pg_sleep(60)' })).rejects.toMatchObject({
      code: '57014',
    });
    await expect(
      db.transaction(() => Promise.reject(new Error('the broker is unavailable'))),
    ).rejects.toThrow('the broker is unavailable');
    expect(await db.run(one)).toEqual([{ one: 1 }]);
  });
});

test('a server that ends while it accepts a connection fails the transaction, not the process', async () => {
  // As its messages arrive at a busy process: in one piece.
  const accepted = Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1');
  const fields = Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0', 'latin1');
  const ended = Buffer.concat([Buffer.from('E\0\0\0\0', 'latin1'), fields]);
  ended.writeUInt32BE(fields.length + 4, 1);
  const server = createServer((socket) => {
    socket.once('data', () => socket.end(Buffer.concat([accepted, ended])));
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // of a TCP server
  const login = { host: '127.0.0.1', port, database: 'meower', user: 'cat', password: 'cat' };
  const db = createPostgres({ ...login, maxConnections: 2, timeoutMs: TIMEOUT_MS }, silentLogger);
  try {
    await expect(db.transaction(async () => undefined)).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await expect(db.run(one)).rejects.toBeInstanceOf(DatabaseUnavailableError);
  } finally {
    await db.close();
    server.close();
  }
});
