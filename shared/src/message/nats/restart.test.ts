import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect as connectTo, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { connect, DiscardPolicy, headers, type JetStreamManager } from 'nats';
import pino from 'pino';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { describeReal } from '../../testing/describe-real.ts';
import { asAdministrator } from '../../testing/nats.ts';
import { createNatsServer } from '../../testing/nats-server.ts';
import type { ServerProcess } from '../../testing/server-process.ts';
import { type Broker, BrokerUnavailableError, type Delivery, type Message } from '../capabilities.ts';
import { publishThroughCrashes } from '../contract/crashes.ts';
import { follower, gate, Inbox, member, message, messages, texts, until } from '../contract/samples.ts';
import { createNatsBroker } from '../nats.ts';

const TOPIC = 'meow.created';
const STREAM = 'MEOW';
const SLOW = 60_000;

describeReal('nats_server', (binary) => {
  let server: ServerProcess;
  let broker: Broker;
  let brokers: Broker[];

  function open(address = server.address): Broker {
    const config = { address, streams: { [STREAM]: [TOPIC] } };
    const quick = { longestRetryMs: 100, publishTimeoutMs: 1000, ackWaitMs: 1000, pingIntervalMs: 500 };
    const opened = createNatsBroker({ ...config, ...quick }, { logger: pino({ level: 'silent' }) });
    brokers.push(opened);
    return opened;
  }

  /** A way to the server that can be cut. */
  async function openLink() {
    const sockets = new Set<Socket>();
    let isCut = false;
    const link = createServer((client) => {
      if (isCut) return void client.destroy();
      const [host = '', port] = server.address.split(':');
      const upstream = connectTo(Number(port), host);
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on('error', () => {}); // closes it
        socket.on('close', () => [client, upstream].map((one) => one.destroy()));
      }
      client.pipe(upstream).pipe(client);
    });
    link.listen(0, '127.0.0.1');
    onTestFinished(() => void link.close());
    await once(link, 'listening');
    return {
      address: `127.0.0.1:${(link.address() as AddressInfo).port}`, // no string: it has a port
      cut() {
        isCut = true;
        for (const socket of sockets) socket.destroy();
      },
      join() {
        isCut = false;
      },
    };
  }

  beforeEach(async () => {
    server = await createNatsServer(binary);
    brokers = [];
    broker = open();
  });
  afterEach(async () => {
    server.resume();
    await Promise.all(brokers.map((opened) => opened.close()));
    await server.wipe();
  });

  const ready = async () => {
    await server.start();
    await until(() => broker.ping());
  };

  /** Publishes the same message until the broker has it, as the outbox does. */
  const publishUntilStored = (one: Message) => until(() => broker.publish(TOPIC, [one]));

  test('waits for a server that starts later, also with subscriptions made meanwhile', async () => {
    await expect(broker.publish(TOPIC, [message()])).rejects.toThrow(BrokerUnavailableError);
    const waiting = Promise.all([member(broker, TOPIC), follower(broker, TOPIC)]);
    await ready();
    const [ofMember, ofFollower] = await waiting;
    await broker.publish(TOPIC, messages(3));
    await Promise.all([ofMember.inbox.has(3), ofFollower.inbox.has(3)]);
  });

  test('can be closed while there is no server', async () => {
    const waiting = [member(broker, TOPIC), follower(broker, TOPIC)].map((one) =>
      expect(one).rejects.toThrow(),
    );
    await broker.close();
    await Promise.all(waiting);
  });

  test('loses nothing when the server is killed again and again under load', {
    timeout: SLOW,
  }, async () => {
    await ready();
    const [ofFollower, ofMember] = [await follower(broker, TOPIC), await member(broker, TOPIC)];
    const sent = await publishThroughCrashes(broker, TOPIC, server);

    const stored = await broker.read([TOPIC], ofFollower.from, 1_000_000);
    expect(stored.map(({ id }) => id).sort()).toEqual(sent.map(({ id }) => id).sort());
    await ofFollower.inbox.has(stored.length);
    expect(ofFollower.inbox.received.map(({ id, seq }) => ({ id, seq }))).toEqual(
      stored.map(({ id, seq }) => ({ id, seq })),
    );
    expect(ofFollower.resets()).toBe(0);
    await until(() => expect(new Set(ofMember.inbox.received.map(({ id }) => id)).size).toBe(sent.length));
  });

  test('reports immediately that the server is unavailable, and recovers with it', async () => {
    await ready();
    await server.kill();
    await until(() => expect(broker.ping()).rejects.toThrow(BrokerUnavailableError));
    // On a busy machine not always.
    await until(async () => {
      const startedAt = performance.now();
      await expect(broker.publish(TOPIC, [message()])).rejects.toThrow(BrokerUnavailableError);
      await expect(broker.history([TOPIC])).rejects.toThrow(BrokerUnavailableError);
      await expect(broker.deadLetters.list()).rejects.toThrow(BrokerUnavailableError);
      expect(performance.now() - startedAt).toBeLessThan(500);
    });
    await server.start();
    await until(() => broker.publish(TOPIC, [message()]));
  });

  test('fails the messages in flight when the server dies', async () => {
    await ready();
    server.pause();
    const publishing = expect(broker.publish(TOPIC, messages(5000))).rejects.toThrow(BrokerUnavailableError);
    await turn();
    await server.kill();
    await publishing;
  });

  test('gives up on a server that hangs, and recovers when it answers again', { timeout: SLOW }, async () => {
    await ready();
    const [ofFollower, ofMember] = [await follower(broker, TOPIC), await member(broker, TOPIC)];
    await broker.publish(TOPIC, messages(3, 'before-'));
    await Promise.all([ofFollower.inbox.has(3), ofMember.inbox.has(3)]);
    server.pause();
    const publishing = () => broker.publish(TOPIC, [message('lost?')]);
    await until(() => expect(publishing()).rejects.toThrow(BrokerUnavailableError));
    await until(() => expect(publishing()).rejects.toThrow(/NATS at/));
    server.resume();
    await publishUntilStored(message('after'));
    await Promise.all([ofFollower.inbox.hasText('after'), ofMember.inbox.hasText('after')]);
    expect(ofFollower.inbox.texts).toEqual(texts(await broker.read([TOPIC], ofFollower.from, 100)));
  });

  test('recreates a deleted stream, and resets followers', async () => {
    await ready();
    const [ofFollower, ofMember] = [await follower(broker, TOPIC), await member(broker, TOPIC)];
    await broker.publish(TOPIC, messages(5, 'old-'));
    await Promise.all([ofFollower.inbox.has(5), ofMember.inbox.has(5)]);
    const old = await broker.history([TOPIC]);
    await asAdministrator(server.address, (jsm) => jsm.streams.delete(STREAM));
    await publishUntilStored(message('new'));
    await Promise.all([ofFollower.inbox.hasText('new'), ofMember.inbox.hasText('new')]);
    expect(ofFollower.resets()).toBe(1);
    for (const { inbox } of [ofFollower, ofMember]) {
      expect(inbox.texts).toEqual([...texts(messages(5, 'old-')), 'new']);
      expect(broker.seqOf(inbox.received.at(-1)?.position ?? '')).toBeGreaterThan(old.end);
    }
    expect((await broker.history([TOPIC])).start).toBeGreaterThan(old.end);
    expect(texts(await broker.read([TOPIC], broker.positionOf(old.end), 10))).toEqual(['new']);
  });

  test('recovers with a server that has lost everything', { timeout: SLOW }, async () => {
    await ready();
    const [ofFollower, ofMember] = [await follower(broker, TOPIC), await member(broker, TOPIC)];
    await broker.publish(TOPIC, messages(5, 'old-'));
    await Promise.all([ofFollower.inbox.has(5), ofMember.inbox.has(5)]);
    await server.wipe();
    await server.start();
    await until(() => broker.ping());
    await publishUntilStored(message('new'));
    await Promise.all([ofFollower.inbox.hasText('new'), ofMember.inbox.hasText('new')]);
    expect(ofFollower.resets()).toBe(1);
  });

  test('resets followers that were disconnected when messages were discarded', async () => {
    await ready();
    const link = await openLink();
    const { inbox, resets } = await follower(open(link.address), TOPIC);
    await broker.publish(TOPIC, messages(1));
    await inbox.has(1);
    link.cut();
    await asAdministrator(server.address, (jsm) => jsm.streams.update(STREAM, { max_msgs: 2 }));
    await broker.publish(TOPIC, messages(5, 'more-'));
    link.join();
    await inbox.hasText('more-4');
    expect(inbox.texts).toEqual(['0', 'more-3', 'more-4']);
    expect(resets()).toBe(1);
  });

  test('a follower gets what the server sends it no copy of', async () => {
    await ready();
    const { inbox, resets } = await follower(broker, TOPIC);
    await broker.publish(TOPIC, messages(3));
    await inbox.has(3);
    await asAdministrator(server.address, async (jsm) => {
      const { config } = await jsm.streams.info(STREAM);
      // As a stream of an earlier version.
      await jsm.streams.update(STREAM, { ...config, republish: undefined });
    });
    await broker.publish(TOPIC, messages(3, 'more-'));
    await inbox.hasText('more-2');
    expect(inbox.texts).toEqual(texts([...messages(3), ...messages(3, 'more-')]));
    expect(resets()).toBe(0);
  });

  test('redelivers everything to a group whose consumer is deleted', async () => {
    await ready();
    const { inbox } = await member(broker, TOPIC);
    await broker.publish(TOPIC, messages(3));
    await inbox.has(3);
    await asAdministrator(server.address, deleteConsumers);
    await broker.publish(TOPIC, messages(1, 'more-'));
    await inbox.hasText('more-0');
    await until(() => expect(inbox.texts).toEqual(['0', '1', '2', '0', '1', '2', 'more-0']));
  });

  test('keeps dead letters and the progress of groups over a crash', async () => {
    await ready();
    const handled: string[] = [];
    await broker.consume([TOPIC], 'group', async (batch) => {
      handled.push(...texts(batch));
      for (const delivery of batch) await delivery.reject('no');
    });
    await broker.publish(TOPIC, messages(3));
    await until(async () => expect(await broker.deadLetters.count()).toBe(3));
    await broker.publish(TOPIC, messages(1, 'last-'));
    await until(async () => expect(await broker.deadLetters.count()).toBe(4));
    await server.restart();
    await publishUntilStored(message('new'));
    await until(() => expect(handled).toContain('new'));
    expect(texts(await broker.deadLetters.list()).slice(0, 4)).toEqual(['0', '1', '2', 'last-0']);
    expect(handled.slice(0, 4)).toEqual(['0', '1', '2', 'last-0']);
  });

  test('redelivers a message whose dead letter could not be stored', async () => {
    await ready();
    const inbox = new Inbox<Delivery>();
    await broker.consume([TOPIC], 'group', async (batch) => {
      batch.forEach(inbox.add);
      if (batch.some(({ attempt }) => attempt === 1)) await server.kill();
      for (const delivery of batch) await delivery.reject('no');
    });
    await broker.publish(TOPIC, [message('bad')]);
    await until(() => expect(broker.ping()).rejects.toThrow(BrokerUnavailableError));
    await server.start();
    await until(async () => expect(texts(await broker.deadLetters.list())).toEqual(['bad']));
    expect(inbox.received.length).toBeGreaterThan(1);
  });

  test('redelivers immediately what waits in a member that closes', async () => {
    await ready();
    const patient = createNatsBroker(
      { address: server.address, streams: { [STREAM]: [TOPIC] }, ackWaitMs: 600_000 },
      { logger: pino({ level: 'silent' }) },
    );
    try {
      const { open: end, opened } = gate();
      const handled = new Inbox<Delivery>();
      const handle = async (batch: readonly Delivery[]) => {
        batch.forEach(handled.add);
        await opened;
      };
      const { close } = await patient.consume([TOPIC], 'group', handle, { maxBatch: 2 });
      await broker.publish(TOPIC, messages(6));
      await handled.has(1);
      const closing = close();
      end();
      await closing;
      const other = await member(patient, TOPIC);
      await other.inbox.has(6 - handled.received.length);
      expect([...handled.texts, ...other.inbox.texts].sort()).toEqual(texts(messages(6)));
    } finally {
      await patient.close();
    }
  });

  test('redelivers the unsettled messages of a killed process to another member', async () => {
    await ready();
    await broker.publish(TOPIC, messages(5));
    const stuckMember = fork(new URL('../../testing/nats-stuck-member.ts', import.meta.url), [
      server.address,
      TOPIC,
      STREAM,
    ]);
    await once(stuckMember, 'message');
    const { inbox } = await member(broker, TOPIC);
    await broker.publish(TOPIC, [message('after')]);
    stuckMember.kill('SIGKILL');
    await inbox.has(6);
    expect(inbox.texts.sort()).toEqual([...texts(messages(5)), 'after']);
    expect(inbox.received.map(({ attempt }) => attempt).sort()).toContain(2);
  });

  test('a group goes on where it was when its stream and it get more topics', async () => {
    await ready();
    const before = await member(broker, TOPIC);
    await broker.publish(TOPIC, messages(3));
    await before.inbox.has(3);
    await broker.close();
    // As an earlier version left it.
    await asAdministrator(server.address, async (jsm) => {
      const [info] = await jsm.consumers.list(STREAM).next();
      const config = { filter_subject: TOPIC, filter_subjects: [] };
      await jsm.consumers.update(STREAM, info?.name ?? '', config);
    });
    const topics = [TOPIC, 'meow.deleted', 'meow.other'];
    const next = createNatsBroker(
      { address: server.address, streams: { [STREAM]: topics }, longestRetryMs: 100 },
      { logger: pino({ level: 'silent' }) },
    );
    try {
      await until(() => next.ping());
      const inbox = new Inbox<Delivery>();
      for (const [step, subscribed] of [
        [TOPIC],
        topics.slice(0, 2),
        topics,
        topics.slice(0, 2),
        ['meow.deleted'],
      ].entries()) {
        const { close } = await next.consume(subscribed, 'group', async (batch) => batch.forEach(inbox.add));
        for (const topic of topics) await next.publish(topic, [message(`${step}: ${topic}`)]);
        for (const topic of subscribed) await inbox.hasText(`${step}: ${topic}`);
        await close();
      }
      expect(inbox.texts).toEqual([...new Set(inbox.texts)]);
      expect(inbox.texts).not.toContain('0');
      await asAdministrator(server.address, async (jsm) => {
        expect(await jsm.consumers.list(STREAM).next()).toHaveLength(1);
      });
    } finally {
      await next.close();
    }
  });

  test('topics of different streams cannot be consumed together', async () => {
    const two = createNatsBroker(
      { address: server.address, streams: { ONE: ['a'], TWO: ['b'] } },
      { logger: pino({ level: 'silent' }) },
    );
    try {
      await expect(two.consume(['a', 'b'], 'group', async () => {})).rejects.toThrow(/ONE, TWO/);
      await expect(two.consume(['c'], 'group', async () => {})).rejects.toThrow(/no stream/);
    } finally {
      await two.close();
    }
  });

  test('erased messages are no loss to a follower that was disconnected', async () => {
    await ready();
    const link = await openLink();
    const { inbox, resets } = await follower(open(link.address), TOPIC);
    await broker.publish(TOPIC, messages(1));
    await inbox.has(1);
    link.cut();
    const missed = messages(5, 'missed-');
    await broker.publish(TOPIC, missed);
    const erased = new Set([missed[0]?.id ?? '', missed[2]?.id ?? '', missed[3]?.id ?? '']);
    expect(await broker.erase(TOPIC, erased, new Date(0))).toBe(3);
    link.join();
    await inbox.hasText('missed-4');
    expect(inbox.texts).toEqual(['0', 'missed-1', 'missed-4']);
    expect(resets()).toBe(0);
  });

  test('a dead letter of an earlier version, which names no group, is retried to all groups', async () => {
    await ready();
    const [one, two] = [await member(broker, TOPIC, 'one'), await member(broker, TOPIC, 'two')];
    const nc = await connect({ servers: server.address });
    const letter = headers();
    for (const [name, value] of [
      ['Nats-Msg-Id', 'one:1'],
      ['Meower-Message-Id', 'the id'],
      ['Meower-Reason', 'bad'],
      ['Meower-Origin-Topic', TOPIC],
      ['Meower-Origin-Seq', '1'],
      ['Meower-Rejected-At', '2026-11-25T00:00:00.000Z'],
    ] as const)
      letter.set(name, value);
    await nc.jetstream().publish('meow.dead', 'text', { headers: letter });
    await nc.close();
    const [found] = await broker.deadLetters.list();
    expect(found).toMatchObject({ id: 'the id', group: '', attempts: 1, reason: 'bad' });
    await broker.deadLetters.retry(found?.position ?? '');
    await Promise.all([one.inbox.hasText('text'), two.inbox.hasText('text')]);
    expect(one.inbox.received.map(({ id }) => id)).toEqual(['the id']);
  });

  test('updates existing streams to new settings, and keeps their messages', async () => {
    await ready();
    await broker.publish(TOPIC, messages(3));
    await until(() =>
      asAdministrator(server.address, async (jsm) => {
        await jsm.streams.update('MEOW_DEAD', { discard: DiscardPolicy.Old });
      }),
    );
    const next = createNatsBroker(
      { address: server.address, streams: { [STREAM]: [TOPIC] }, maxAgeMs: 3_600_000, longestRetryMs: 100 },
      { logger: pino({ level: 'silent' }) },
    );
    try {
      await until(async () => {
        const [topic, dead] = await asAdministrator(server.address, (jsm) =>
          Promise.all([jsm.streams.info(STREAM), jsm.streams.info('MEOW_DEAD')]),
        );
        expect(topic.config.max_age).toBe(3_600_000 * 1_000_000);
        expect(dead.config.discard).toBe(DiscardPolicy.New);
      });
      expect(texts(await next.read([TOPIC], undefined, 10))).toEqual(['0', '1', '2']);
    } finally {
      await next.close();
    }
  });
});

async function deleteConsumers(jsm: JetStreamManager): Promise<void> {
  for (const { name } of await jsm.consumers.list(STREAM).next()) await jsm.consumers.delete(STREAM, name);
}
