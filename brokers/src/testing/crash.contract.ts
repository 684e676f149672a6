import {
  BrokerUnavailableError,
  type Connection,
  type Consumer,
  type Message,
  type Publisher,
} from '@meower/shared/message/capabilities.ts';
import { publishThroughCrashes } from '@meower/shared/message/contract/crashes.ts';
import { Inbox, member, message, messages, until } from '@meower/shared/message/contract/samples.ts';
import type { ServerProcess } from '@meower/shared/testing/server-process.ts';
import { expect, test } from 'vitest';

type CrashBroker = Publisher & Consumer & Connection;

const TOPIC = 'meow.created';
const SLOW = { timeout: 180_000 };

interface CrashFixture {
  /** Not started yet. */
  server: ServerProcess;
  open(): CrashBroker;
  /** Resolves when a group that has just been created survives a crash. */
  groupIsSafe?(): Promise<void>;
}

/** What a broker promises while its server is killed and restarted. Each test has a server of its own. */
export function crashContract(create: () => Promise<CrashFixture>): void {
  type Crash = CrashFixture & { broker: CrashBroker };

  function testCrash(title: string, run: (crash: Crash) => Promise<void>): void {
    test.concurrent(title, SLOW, async () => {
      const fixture = await create();
      const broker = fixture.open();
      try {
        await run({ ...fixture, broker });
      } finally {
        fixture.server.resume();
        await broker.close();
        await fixture.server.wipe();
      }
    });
  }

  /** Publishes the same message until the broker has it, as the outbox does. */
  const publishUntilStored = (broker: Publisher, one: Message) => until(() => broker.publish(TOPIC, [one]));

  testCrash(
    'waits for a server that starts later, also with a subscription made meanwhile',
    async ({ server, broker }) => {
      await expect(broker.publish(TOPIC, [message()])).rejects.toThrow(BrokerUnavailableError);
      const waiting = member(broker, TOPIC);
      await server.start();
      const { inbox } = await waiting;
      await until(() => broker.publish(TOPIC, messages(3)));
      await inbox.has(3);
    },
  );

  testCrash('can be closed while there is no server', async ({ broker }) => {
    const waiting = expect(member(broker, TOPIC)).rejects.toThrow();
    await broker.close();
    await waiting;
  });

  testCrash(
    'loses nothing when the server is killed again and again under load',
    async ({ server, broker, open, groupIsSafe }) => {
      await server.start();
      await until(() => broker.ping());
      const { inbox } = await member(broker, TOPIC);
      await groupIsSafe?.();
      const other = open();
      const ofOther = await member(other, TOPIC);
      const sent = await publishThroughCrashes(broker, TOPIC, server);
      await until(() => {
        const received = new Set([...inbox.received, ...ofOther.inbox.received].map(({ id }) => id));
        expect(sent.filter(({ id }) => !received.has(id))).toEqual([]);
      });
      await other.close();
    },
  );

  testCrash(
    'reports immediately that the server is unavailable, and recovers with it',
    async ({ server, broker, groupIsSafe }) => {
      await server.start();
      await until(() => broker.ping());
      const { inbox } = await member(broker, TOPIC);
      await groupIsSafe?.();
      await server.kill();
      await until(() => expect(broker.ping()).rejects.toThrow(BrokerUnavailableError));
      // On a busy machine not always.
      await until(async () => {
        const startedAt = performance.now();
        await expect(broker.publish(TOPIC, [message()])).rejects.toThrow(BrokerUnavailableError);
        expect(performance.now() - startedAt).toBeLessThan(500);
      });
      await server.start();
      await publishUntilStored(broker, message('after'));
      await inbox.hasText('after');
    },
  );

  testCrash(
    'gives up on a server that hangs, and recovers when it answers again',
    async ({ server, broker }) => {
      await server.start();
      await until(() => broker.ping());
      const { inbox } = await member(broker, TOPIC);
      server.pause();
      await until(() => expect(broker.publish(TOPIC, messages(500))).rejects.toThrow(BrokerUnavailableError));
      server.resume();
      await publishUntilStored(broker, message('after'));
      await inbox.hasText('after');
    },
  );

  testCrash(
    'redelivers what a handler had not acked when the server was killed',
    async ({ server, broker, groupIsSafe }) => {
      await server.start();
      await until(() => broker.ping());
      const inbox = new Inbox();
      let kills = 0;
      await broker.consume([TOPIC], 'group', async (batch) => {
        if (kills++ === 0) {
          await server.restart();
          throw new Error('the server was killed meanwhile');
        }
        batch.forEach(inbox.add);
      });
      await groupIsSafe?.();
      const sent = messages(3);
      await until(() => broker.publish(TOPIC, sent));
      await until(() => expect(new Set(inbox.texts).size).toBe(3));
      await until(() => broker.publish(TOPIC, [message('after')]));
      await inbox.hasText('after');
    },
  );
}
