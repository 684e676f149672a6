import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { type RequestOptions, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { sleep } from '@meower/shared/async/sleep.ts';
import { createSqlRepository } from '@meower/shared/db/sql-meow-repository.ts';
import { type Frame, FrameKind } from '@meower/shared/meow/frames.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { freePorts } from '@meower/shared/testing/free-ports.ts';
import { createNatsServer } from '@meower/shared/testing/nats-server.ts';
import { createTestDatabase } from '@meower/shared/testing/postgres.ts';
import { ProgramProcess } from '@meower/shared/testing/program-process.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import { expect, test, vi } from 'vitest';
import { checkOut, findCommit } from './checkout.ts';

const HERE = join(import.meta.dirname, '../..');
const CHOSEN = process.env.MEOWER_TEST_VERSIONS?.split(' ');
/** For each test the older version, and those that are taken if it does not start: a commit may be half of a change. */
const VERSIONS = CHOSEN?.map((name) => [name]) ?? [Array.from({ length: 11 }, (_, i) => `HEAD~${10 + i}`)];
const TITLE = 'services of %s and of now, up and down again under load: no request fails, nothing is lost';
const POSTERS = 4;
vi.setConfig({ testTimeout: 180_000 });
type Service = 'meow' | 'pusher' | 'query';

describeReal('postgres', (postgres) => {
  describeReal('nats_server', (nats) => {
    test.each(VERSIONS)(TITLE, async (...names) => {
      // Not skipped: a shallow clone lacks no dependency.
      if (!CHOSEN && (await findCommit(String(names[0]))) === undefined)
        return console.warn('NOT RUN, this clone has no older version: git fetch --deepen=20');
      await using opened = new AsyncDisposableStack();
      const { db, config, drop } = await createTestDatabase(postgres);
      opened.defer(drop);
      const broker = await createNatsServer(nats);
      opened.defer(() => broker.wipe());
      await broker.start();
      const env = {
        NATS_ADDRESS: broker.address,
        POSTGRES_DB: config.database,
        POSTGRES_USER: config.user,
        POSTGRES_PASSWORD: config.password,
        POSTGRES_HOST: config.host,
        POSTGRES_PORT: String(config.port),
        // Search is no part of this test.
        ELASTICSEARCH_ADDRESS: '127.0.0.1:9',
        LOG_LEVEL: 'fatal',
      };
      const firstPort = await freePorts(40);
      let port = firstPort;

      const start = async (root: string, service: Service) => {
        const address = `127.0.0.1:${port}`;
        const main = join(root, `${service}-service/src/main.ts`);
        const process = opened.use(new ProgramProcess(main, { ...env, PORT: String(port++) }));
        const ended = process.ended.then(({ stderr }) => Promise.reject(new Error(`${service}: ${stderr}`)));
        ended.catch(() => {}); // A later end is asked for.
        const ready = waitUntil(async () =>
          (await fetch(`http://${address}/readyz`)).ok ? undefined : 'not ready',
        );
        await Promise.race([ready, ended]);
        return { address, process };
      };
      type Running = Awaited<ReturnType<typeof start>>;
      const stop = async ({ process }: Running) => {
        process.kill('SIGTERM');
        const { code, stderr } = await process.ended;
        expect([code, stderr]).toEqual([0, '']);
      };

      const posted: string[] = [];
      const failed: string[] = [];
      const over = new AbortController();
      const startOlder = async () => {
        for (const name of names) {
          const commit = await findCommit(name);
          if (commit === undefined) continue;
          const root = opened.use(await temporaryFolder()).path;
          await checkOut(commit, root);
          try {
            return { root, meow: await start(root, 'meow'), pusher: await start(root, 'pusher') };
          } catch (error) {
            console.warn(`${commit} does not start: ${error}`);
          }
        }
        throw new Error(`none of these versions starts: ${names.join(', ')}`);
      };
      const started = await startOlder();
      const older = started.root;
      let meows: Running[] = [started.meow];
      const pushers = [started.pusher, await start(HERE, 'pusher')];
      const pages = pushers.map(({ address }) => openPage(address));
      opened.defer(() => {
        for (const { socket } of pages) socket.close();
      });
      await Promise.all(pages.map((page) => page.open));

      const post = async () => {
        const body = `body=${randomUUID()}`;
        const key = randomUUID();
        // As nginx and the page do: what got no answer is sent again, under its key, to another service.
        for (const { address } of meows.toSorted(() => Math.random() - 0.5)) {
          const answer = await send(address, key, body).catch(() => undefined);
          if (answer === undefined) continue;
          if (answer.status === 200) posted.push(JSON.parse(answer.body).id);
          else failed.push(`${answer.status} ${answer.body}`);
          return;
        }
        failed.push('no service answers');
      };
      const load = Array.from({ length: POSTERS }, async () => {
        while (!over.signal.aborted) {
          await post();
          await sleep(10);
        }
      });
      const untilMorePosts = () => {
        const before = posted.length;
        return waitUntil(() => (posted.length >= before + 20 ? undefined : 'too few posts'));
      };
      const replace = async (root: string) => {
        const [old] = meows as [Running];
        meows = [old, await start(root, 'meow')];
        await untilMorePosts();
        await stop(old);
        meows = meows.slice(1);
        await untilMorePosts();
      };

      await untilMorePosts();
      const migrate = join(HERE, 'meow-service/src/admin/migrate.ts');
      await promisify(execFile)(process.execPath, [migrate], { env: { ...process.env, ...env } });
      await replace(HERE);
      await replace(older);
      await replace(HERE);
      over.abort();
      await Promise.all(load);
      expect(failed).toEqual([]);

      const repository = createSqlRepository(db);
      await waitUntil(async () =>
        (await repository.outbox.count()) === 0 ? undefined : 'unpublished events',
      );
      const expected = posted.toSorted();
      for (const page of pages) {
        await waitUntil(() => (page.ids.length >= expected.length ? undefined : `${page.ids.length} frames`));
        expect(page.ids.toSorted()).toEqual(expected);
      }
      for (const root of [older, HERE]) {
        const { address } = await start(root, 'query');
        const listed: string[] = [];
        for (let next = '/meows?take=1000'; next !== ''; ) {
          const response = await fetch(`http://${address}${next}`);
          listed.push(...((await response.json()) as { id: string }[]).map(({ id }) => id));
          next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1] ?? '';
        }
        expect(listed.toSorted()).toEqual(expected);
      }
      if (CHOSEN) console.log(`${names}: 0 of ${posted.length} posts failed`);
    });
  });
});

/** On a connection of its own. */
async function send(
  address: string,
  key: string,
  body: string,
): Promise<{ status: number | undefined; body: string }> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'idempotency-key': key };
  const options: RequestOptions = { method: 'POST', headers, agent: false };
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: string }>();
  request(`http://${address}/meows`, options, (response) => {
    text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
  })
    .on('error', reject)
    .end(body);
  return promise;
}

function openPage(address: string): { socket: WebSocket; open: Promise<void>; ids: string[] } {
  const socket = new WebSocket(`ws://${address}/pusher`);
  const ids: string[] = [];
  socket.addEventListener('message', ({ data }) => {
    const frame = JSON.parse(String(data)) as Frame;
    if (frame.kind === FrameKind.meowCreated) ids.push(frame.id);
  });
  const { promise: open, resolve, reject } = Promise.withResolvers<void>();
  socket.addEventListener('open', () => resolve());
  socket.addEventListener('error', () => reject(new Error(`${address} refuses the WebSocket`)));
  return { socket, open, ids };
}
