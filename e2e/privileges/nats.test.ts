import { setImmediate } from 'node:timers/promises';
import { createMeowService } from '@meower/meow-service/service.ts';
import { createPusherService } from '@meower/pusher-service/service.ts';
import { createQueryService } from '@meower/query-service/service.ts';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import {
  ERASER_GROUP,
  MEOW_STREAMS,
  meowCreated,
  meowCreatedLate,
  meowDeleted,
  publishMeowsCreated,
} from '@meower/shared/event/meow-events.ts';
import { meowToJson } from '@meower/shared/meow/meow.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import type { NatsConfig } from '@meower/shared/message/nats/config.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { createLogger, type Logger } from '@meower/shared/process/logger.ts';
import { createInMemorySearchRepository } from '@meower/shared/search/in-memory.ts';
import type { SearchRepository } from '@meower/shared/search/search-repository.ts';
import { serve } from '@meower/shared/service/serve.ts';
import type { Service } from '@meower/shared/service/service.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { connect, headers, type NatsConnection } from 'nats';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { HttpClient } from '../contract/http-client.ts';
import { WebSocketClient } from '../contract/websocket-client.ts';
import { type NatsWithUsers, startNatsWithUsers, type User } from './nats-with-users.ts';

const SOON = { timeout: 20_000, interval: 50 };
const newMeowId = createIdGenerator();

describeReal('nats_server', (binary) => {
  const opened = new AsyncDisposableStack();
  let nats: NatsWithUsers;
  let logLines: string[];
  let logger: Logger;

  beforeAll(async () => {
    nats = await startNatsWithUsers(binary);
    opened.defer(() => nats.server.wipe());
    logLines = [];
    logger = createLogger('test', 'info', { write: (line) => void logLines.push(line) });
  });
  afterAll(() => opened.disposeAsync());

  function openBroker(user: User, settings: Partial<NatsConfig> = {}) {
    const { address } = nats.server;
    const broker = createNatsBroker(
      { address, streams: MEOW_STREAMS, exactGroups: [ERASER_GROUP], ...nats.login(user), ...settings },
      { logger },
    );
    opened.defer(() => broker.close());
    return broker;
  }

  async function start(...services: Service[]): Promise<string> {
    const { port, close } = await serve(services, { logger, port: 0 });
    opened.defer(close);
    const url = `http://127.0.0.1:${port}`;
    await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), SOON);
    return url;
  }

  /** Refuses to index this text. */
  function refusing(text: string): SearchRepository {
    const search = createInMemorySearchRepository();
    return {
      ...search,
      insertMeows: async (meows) => {
        const outcomes = await search.insertMeows(meows);
        return outcomes.map((outcome, i) =>
          meows[i]?.body === text ? { status: 'refused', reason: 'too catty' } : outcome,
        );
      },
    };
  }

  /** What the server refused of `attempt`. */
  async function refusals(connection: NatsConnection, attempt: () => void): Promise<string[]> {
    const refused: string[] = [];
    // It does not end with the connection.
    const status = connection.status();
    void (async () => {
      for await (const { permissionContext: found } of status)
        if (found) refused.push(`${found.operation} ${found.subject}`);
    })();
    attempt();
    // The server answers in order.
    await connection.flush();
    await connection.close();
    await setImmediate();
    return refused;
  }

  test('the services have the permissions for all that they do', { timeout: 60_000 }, async () => {
    const repository = await createPgliteRepository();
    opened.defer(() => repository.close());
    const broker = openBroker('meow');
    const indexing = openBroker('query');
    const meows = createMeowService({ repository, broker, logger });
    const url = await start(
      meows,
      createQueryService({ repository, broker: indexing, search: refusing('refused'), logger }),
      createPusherService({ broker: openBroker('pusher'), logger }),
    );
    const client = new HttpClient({ url: () => url });
    const page = await WebSocketClient.open(url);
    const { seq } = await page.waitForMeow(await client.postMeow('before'));
    const [id, stays] = (await client.postMeows('kitten', 'refused')) as [string, string];
    await page.waitForMeow(stays);
    await vi.waitFor(async () => expect(await client.search('kitten')).toHaveLength(1), SOON);

    // Deletes, and erases the event.
    await meows.deleteMeows([id]);
    await page.waitForDeletion(id);
    const stored = async () =>
      (await broker.read([meowCreated.name], undefined, 100)).map((event) => event.id);
    await vi.waitFor(async () => expect(await stored()).not.toContain(id), SOON);
    // Its ring is empty: it reads what a page missed from the stream.
    const second = await start(createPusherService({ broker: openBroker('pusher'), logger }));
    const resumed = await WebSocketClient.open(second, `/pusher?cursor=${seq}`);
    await resumed.waitForMeow(stays);
    await resumed.waitForDeletion(id);
    // An event that comes after the deletion of its meow: query-service reports it, meow-service erases it.
    const late = { ...newMeowId(), body: 'late' };
    await repository.insertMeow(late);
    await repository.deleteMeows([late.id]);
    await publishMeowsCreated(broker, [{ ...late, body: 'published again' }]);
    await vi.waitFor(async () => expect(await stored()).not.toContain(late.id), SOON);

    // The commands of operators.
    const letters = await vi.waitFor(async () => {
      const found = await broker.deadLetters.list();
      expect(found.map((letter) => letter.id)).toEqual([stays]);
      return found;
    }, SOON);
    await broker.deadLetters.retry(letters[0]?.position ?? '');
    const [again] = await vi.waitFor(async () => {
      const found = await broker.deadLetters.list();
      expect(found).toHaveLength(1);
      return found;
    }, SOON);
    await broker.deadLetters.drop(again?.position ?? '');
    expect(await broker.deadLetters.count()).toBe(0);

    // Other settings of the streams: one user may change them, the others leave it to that one.
    const settings = { maxAgeMs: 3_600_000, duplicateWindowMs: 60_000 };
    const others = [openBroker('pusher', settings), openBroker('query', settings)];
    for (const other of others) await vi.waitFor(() => other.ping(), SOON);
    openBroker('meow', settings);
    await vi.waitFor(() => expect(logLines.join()).toContain('updated the settings of a stream'), SOON);
    await Promise.all([page.close(), resumed.close()]);
    // Until the streams exist, and while their settings differ, every service tries.
    const refused = logLines.map((line) => JSON.parse(line)).filter((line) => line.refused);
    expect(
      refused.map((line) => line.refused.subject).filter((name) => !/STREAM\.(CREATE|UPDATE)/.test(name)),
    ).toEqual([]);
    expect(logLines.filter((line) => JSON.parse(line).level >= 50 && !line.includes('dead letter'))).toEqual(
      [],
    );
  });

  test.each<User>(['query', 'pusher'])('forged events of %s are refused', async (user) => {
    const broker = openBroker('meow');
    await vi.waitFor(() => broker.ping(), SOON);
    const before = await broker.history([meowCreated.name]);
    const forged = JSON.stringify(meowToJson({ ...newMeowId(), body: 'forged' }));
    const connection = await nats.connectAs(user);
    const topics = [meowCreated.name, meowDeleted.name];
    const publish = () => {
      for (const topic of topics) connection.publish(topic, forged);
    };
    expect(await refusals(connection, publish)).toEqual(topics.map((topic) => `publish ${topic}`));
    expect(await broker.history([meowCreated.name])).toEqual(before);
  });

  test('query cannot send the pages anything through a consumer that delivers to them', async () => {
    const repository = await createPgliteRepository();
    opened.defer(() => repository.close());
    const broker = openBroker('meow');
    const url = await start(
      createMeowService({ repository, broker, logger }),
      createPusherService({ broker: openBroker('pusher'), logger }),
    );
    const page = await WebSocketClient.open(url);
    const connection = await nats.connectAs('query');
    const info = await connection.request('$JS.API.STREAM.INFO.MEOW');
    const { state } = info.json<{ state: { last_seq: number } }>();
    // As in the server's copy of the message after this one.
    const forged = headers();
    forged.set('Nats-Stream', 'MEOW');
    forged.set('Nats-Subject', meowCreated.name);
    forged.set('Nats-Sequence', String(state.last_seq + 2));
    forged.set('Nats-Time-Stamp', new Date().toISOString());
    const payload = JSON.stringify(meowToJson({ ...newMeowId(), body: 'forged' }));
    connection.publish(meowCreatedLate.name, payload, { headers: forged });
    const config = {
      durable_name: 'forger',
      deliver_subject: `live.${meowCreated.name}`,
      filter_subject: meowCreatedLate.name,
      ack_policy: 'none',
    };
    const request = JSON.stringify({ stream_name: 'MEOW', config });
    const created = await connection.request('$JS.API.CONSUMER.DURABLE.CREATE.MEOW.forger', request);
    expect(created.json()).toMatchObject({ name: 'forger' });
    const delivered = async () => {
      const info = await connection.request('$JS.API.CONSUMER.INFO.MEOW.forger');
      return info.json<{ delivered: { consumer_seq: number } }>().delivered.consumer_seq;
    };
    await vi.waitFor(async () => expect(await delivered()).toBeGreaterThan(0), SOON);
    await page.waitForMeow(await new HttpClient({ url: () => url }).postMeow('real'));
    expect(page.meows.map(({ body }) => body)).toEqual(['real']);
    await Promise.all([page.close(), connection.close()]);
  });

  test('what a consumer of query delivers reaches no response of others, and no request to the server', async () => {
    const broker = openBroker('meow');
    await vi.waitFor(() => broker.ping(), SOON);
    const [query, meow] = await Promise.all([nats.connectAs('query'), nats.connectAs('meow')]);
    const infoOf = async (connection: NatsConnection) => {
      const info = await connection.request('$JS.API.STREAM.INFO.MEOW');
      return info.json<{ state: { messages: number; consumer_count: number } }>().state;
    };
    await publishMeowsCreated(broker, [{ ...newMeowId(), body: 'stays' }]);
    await infoOf(meow);
    // Random: 12 characters of each process, and 10 of each request.
    const inboxes = (await nats.subscriptionsOf('meow')).filter((subject) => subject.startsWith('_INBOX'));
    expect(inboxes.length).toBeGreaterThan(0);
    for (const inbox of inboxes) expect(inbox).toMatch(/^_INBOX_meow\.[0-9A-Z]{22}(\.\*)?$/);

    const before = await infoOf(query);
    const requests = [
      ['$JS.API.STREAM.PURGE.MEOW', ''],
      ['$JS.API.STREAM.DELETE.MEOW', ''],
      ['$JS.API.STREAM.MSG.DELETE.MEOW', JSON.stringify({ seq: 1 })],
      ['$JS.API.CONSUMER.DELETE.MEOW.deputy-0', ''],
      ['_INBOX_meow.guessed', 'x'],
    ] as const;
    const received = meow.stats().inMsgs;
    for (const [i, [subject, payload]] of requests.entries()) {
      query.publish(meowCreatedLate.name, payload);
      const name = `deputy-${i}`;
      const config = {
        durable_name: name,
        deliver_subject: subject,
        filter_subject: meowCreatedLate.name,
        deliver_policy: 'last',
        ack_policy: 'none',
      };
      const request = JSON.stringify({ stream_name: 'MEOW', config });
      const created = await query.request(`$JS.API.CONSUMER.DURABLE.CREATE.MEOW.${name}`, request);
      expect(created.json()).toMatchObject({ name });
    }
    // One more is refused, as it would be stored again.
    const config = { durable_name: 'cycle', deliver_subject: meowDeleted.name, ack_policy: 'none' };
    const cycle = await query.request(
      '$JS.API.CONSUMER.DURABLE.CREATE.MEOW.cycle',
      JSON.stringify({ stream_name: 'MEOW', config }),
    );
    expect(cycle.json()).toMatchObject({ error: { description: 'consumer deliver subject forms a cycle' } });
    await query.flush();
    await meow.flush();
    expect(meow.stats().inMsgs).toBe(received);
    const after = await infoOf(query);
    expect(after.messages).toBe(before.messages + requests.length);
    expect(after.consumer_count).toBe(before.consumer_count + requests.length);
    await Promise.all([query.close(), meow.close()]);
  });

  test.each<[User, ...string[]]>([
    [
      'pusher',
      'meow.dead',
      ...['CREATE', 'UPDATE', 'DELETE', 'PURGE', 'MSG.DELETE', 'SNAPSHOT'].map(
        (act) => `$JS.API.STREAM.${act}.MEOW`,
      ),
      '$JS.API.STREAM.CREATE.OTHER',
      '$JS.API.DIRECT.GET.MEOW_DEAD',
      ...['DURABLE.CREATE', 'CREATE', 'MSG.NEXT', 'INFO', 'DELETE', 'PAUSE'].map(
        (act) => `$JS.API.CONSUMER.${act}.MEOW.indexer-1`,
      ),
      '$JS.API.CONSUMER.CREATE.MEOW',
      'live.meow.created',
      'announced.meow.created',
      '$JS.ACK.MEOW.indexer-1.1.1.1.1.1',
      '_INBOX_query.1',
    ],
    [
      'query',
      ...['CREATE', 'UPDATE', 'DELETE', 'PURGE', 'MSG.DELETE', 'RESTORE'].map(
        (act) => `$JS.API.STREAM.${act}.MEOW`,
      ),
      '$JS.API.STREAM.MSG.DELETE.MEOW_DEAD',
      '$JS.API.DIRECT.GET.MEOW_DEAD',
      '$JS.API.CONSUMER.DELETE.MEOW.eraser-1',
      ...['DURABLE.CREATE', 'MSG.NEXT', 'INFO'].map((act) => `$JS.API.CONSUMER.${act}.MEOW.eraser`),
      '$JS.ACK.MEOW.eraser.1.1.1.1.1',
      'announced.meow.created',
      '_INBOX_meow.1',
    ],
    [
      'meow',
      ...['DURABLE.CREATE', 'MSG.NEXT', 'INFO'].map((act) => `$JS.API.CONSUMER.${act}.MEOW.indexer-1`),
      '$JS.ACK.MEOW.indexer-1.1.1.1.1.1',
      'meow.late',
    ],
    ['meow', '$JS.API.STREAM.DELETE.MEOW', '$JS.API.STREAM.CREATE.OTHER', 'other'],
  ])('%s may not publish to %s, %s, …', async (user, ...subjects) => {
    const connection = await nats.connectAs(user);
    const publish = () => {
      for (const subject of subjects) connection.publish(subject, '{}');
    };
    expect(await refusals(connection, publish)).toEqual(subjects.map((subject) => `publish ${subject}`));
  });

  test.each<User>(['query', 'pusher', 'meow'])('%s reads nothing that is for others', async (user) => {
    const connection = await nats.connectAs(user);
    const others = [
      '>',
      'meow.created',
      ...(user === 'pusher' ? ['live.>', 'announced.>'] : ['live.meow.created', 'announced.meow.created']),
      '$JS.API.>',
      '$SYS.>',
      '_INBOX.>',
      '_INBOX_meow_.>',
      '_INBOX_other.>',
    ];
    const subscribe = () => {
      for (const subject of others) connection.subscribe(subject);
    };
    expect(await refusals(connection, subscribe)).toEqual(others.map((subject) => `subscription ${subject}`));
  });

  test.each([{}, { user: 'meow', pass: 'meow' }, { user: 'meow', pass: '' }])(
    'refuses the login %j',
    async (login) => {
      await expect(
        connect({ servers: nats.server.address, reconnect: false, ...login }),
      ).rejects.toMatchObject({
        code: 'AUTHORIZATION_VIOLATION',
      });
    },
  );
});
