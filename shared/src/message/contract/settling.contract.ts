import { expect } from 'vitest';
import { LIMITS, type Test } from '../broker.contract.ts';
import type { Delivery } from '../capabilities.ts';
import { createGroup, gate, Inbox, member, message, messages, textOf, texts, until } from './samples.ts';

export function settlingContract(test: Test): void {
  test(
    'redelivers a batch when its handler throws, and counts the attempts',
    async ({ broker, topic }) => {
      const attempts: [number[], number[], number[]] = [[], [], []];
      await createGroup(broker, topic);
      await broker.publish(topic, messages(3));
      await broker.consume([topic], 'group', async (batch) => {
        for (const delivery of batch) attempts[Number(textOf(delivery))]?.push(delivery.attempt);
        if (batch.some(({ attempt }) => attempt < 3)) throw new Error('not yet');
      });
      await until(() => expect(attempts.map((list) => list.at(-1))).toEqual([3, 3, 3]));
      expect(attempts).toEqual([
        [1, 2, 3],
        [1, 2, 3],
        [1, 2, 3],
      ]);
    },
    { needs: ['attempts'] },
  );

  test(
    'goes on with other messages after a handler threw',
    async ({ broker, topic }) => {
      const inbox = new Inbox<Delivery>();
      await broker.consume([topic], 'group', async (batch) => {
        if (batch.some((delivery) => textOf(delivery) === 'bad' && delivery.attempt < 4))
          throw new Error('bad');
        batch.forEach(inbox.add);
      });
      await broker.publish(topic, [message('bad')]);
      await broker.publish(topic, messages(20));
      await inbox.has(21);
      expect(inbox.texts.sort()).toEqual(['bad', ...texts(messages(20))].sort());
    },
    { needs: ['attempts'] },
  );

  test(
    'settles each message of a batch independently',
    async ({ broker, topic }) => {
      const handled: string[] = [];
      await createGroup(broker, topic);
      await broker.publish(topic, messages(8));
      await broker.consume([topic], 'group', async (batch) => {
        for (const delivery of batch) {
          handled.push(`${textOf(delivery)}/${delivery.attempt}`);
          const kind = Number(textOf(delivery)) % 4;
          if (kind === 0) delivery.ack();
          else if (kind === 1 && delivery.attempt === 1) delivery.nack(10);
          else if (kind === 2) await delivery.reject('refused');
          // The fourth kind is left to the end of the handler.
        }
      });
      await until(() => expect(handled).toHaveLength(10));
      const own = (await broker.deadLetters.list()).filter(({ origin }) => origin.topic === topic);
      expect(texts(own)).toEqual(['2', '6']);
      const last = await member(broker, topic);
      await broker.publish(topic, [message('last')]);
      await until(() =>
        expect([...handled, ...last.inbox.texts].some((one) => one.startsWith('last'))).toBe(true),
      );
      const expected = ['0/1', '1/1', '1/2', '2/1', '3/1', '4/1', '5/1', '5/2', '6/1', '7/1'];
      expect(handled.filter((one) => !one.startsWith('last')).sort()).toEqual(expected);
    },
    { needs: ['attempts', 'delayedNack', 'deadLetters'] },
  );

  test(
    'settles what the handler had acked even when it throws',
    async ({ broker, topic }) => {
      const attempts: string[] = [];
      await createGroup(broker, topic);
      await broker.publish(topic, messages(2));
      await broker.consume([topic], 'group', async (batch) => {
        for (const delivery of batch) attempts.push(`${textOf(delivery)}/${delivery.attempt}`);
        batch.find((delivery) => textOf(delivery) === '0')?.ack();
        if (batch.some(({ attempt }) => attempt < 3)) throw new Error('the rest failed');
      });
      await until(() => expect(attempts).toContain('1/3'));
      expect(attempts.filter((one) => one.startsWith('0')).sort()).toEqual(['0/1']);
    },
    { needs: ['attempts', 'delayedNack'] },
  );

  test(
    'only the first call settles',
    async ({ broker, topic }) => {
      const inbox = new Inbox<Delivery>();
      await broker.consume([topic], 'group', async (batch) => {
        for (const delivery of batch) {
          inbox.add(delivery);
          delivery.ack();
          delivery.nack(0);
          await delivery.reject('too late');
        }
      });
      await broker.publish(topic, messages(5));
      await inbox.has(5);
      await broker.publish(topic, [message('last')]);
      await inbox.hasText('last');
      expect(inbox.texts).toEqual([...texts(messages(5)), 'last']);
      const letters = await broker.deadLetters.list();
      expect(letters.filter(({ origin }) => origin.topic === topic)).toEqual([]);
    },
    { needs: ['deadLetters'] },
  );

  test(
    'redelivers a nacked message after its delay, and delivers others meanwhile',
    async ({ broker, topic }) => {
      const seenAtMs: number[] = [];
      const others = new Inbox<Delivery>();
      await broker.consume([topic], 'group', async (batch) => {
        for (const delivery of batch) {
          if (textOf(delivery) !== 'later') others.add(delivery);
          else if (seenAtMs.push(performance.now()) === 1) delivery.nack(1500);
        }
      });
      await broker.publish(topic, [message('later')]);
      await until(() => expect(seenAtMs).toHaveLength(1));
      await broker.publish(topic, messages(5));
      await others.has(5);
      expect(seenAtMs).toHaveLength(1);
      await until(() => expect(seenAtMs).toHaveLength(2));
      expect(Number(seenAtMs[1]) - Number(seenAtMs[0])).toBeGreaterThan(1400);
    },
    { needs: ['delayedNack'] },
  );

  test('redelivers a batch to another member when its handler times out', async ({ broker, open, topic }) => {
    const never = gate();
    const stuck = new Inbox<Delivery>();
    let signal: AbortSignal | undefined;
    await broker.consume(
      [topic],
      'group',
      async (batch, taken) => {
        batch.forEach(stuck.add);
        signal ??= taken;
        await never.opened;
      },
      { maxBatch: 2 },
    );
    const sent = messages(6);
    await broker.publish(topic, sent);
    await stuck.has(1);
    expect(signal?.aborted).toBe(false);
    const startedAt = performance.now();
    const other = await member(await open(), topic);
    try {
      await other.inbox.has(6);
      expect(other.inbox.texts.sort()).toEqual(texts(sent).sort());
      expect(performance.now() - startedAt).toBeGreaterThan(LIMITS.handlerTimeoutMs / 2);
      expect(signal?.aborted).toBe(true);
    } finally {
      never.open();
    }
    expect(stuck.texts).not.toContain('5');
  });

  test('does not redeliver a message while its handler runs', async ({ broker, open, topic }) => {
    const inbox = new Inbox<Delivery>();
    const handle = async (batch: readonly Delivery[]) => {
      batch.forEach(inbox.add);
      const startedAt = performance.now();
      await until(() => expect(performance.now() - startedAt).toBeGreaterThan(0.7 * LIMITS.handlerTimeoutMs));
    };
    await createGroup(broker, topic);
    await broker.publish(topic, messages(1));
    await Promise.all(
      [broker, await open()].map((one) => one.consume([topic], 'group', handle, { maxBatch: 1 })),
    );
    await inbox.has(1);
    await broker.publish(topic, [message('last')]);
    await inbox.hasText('last');
    expect(inbox.texts).toEqual(['0', 'last']);
  });

  test('does not abort the signal of a handler because of close', async ({ broker, topic }) => {
    const handling = gate();
    const signals: AbortSignal[] = [];
    const { close } = await broker.consume([topic], 'group', async (_, signal) => {
      signals.push(signal);
      await handling.opened;
    });
    await broker.publish(topic, [message()]);
    await until(() => expect(signals).toHaveLength(1));
    const closing = close();
    handling.open();
    await closing;
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });
}
