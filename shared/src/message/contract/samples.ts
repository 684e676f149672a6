import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import type { Consumer, Delivery, Follower, Log, Message, Position, StoredMessage } from '../capabilities.ts';

/** Longer than a test may take, unless it kills servers. */
const WAIT = { timeout: 60_000, interval: 5 };

/** A new message; `text` is its payload. */
export function message(text = 'meow', metadata: Record<string, string> = {}): Message {
  return { id: randomUUID(), metadata, payload: Buffer.from(text) };
}

/** `count` messages with the texts `<prefix>0`, `<prefix>1`, … */
export function messages(count: number, prefix = ''): Message[] {
  return Array.from({ length: count }, (_, index) => message(`${prefix}${index}`));
}

export function textOf({ payload }: Pick<Message, 'payload'>): string {
  return Buffer.from(payload).toString();
}

export function texts(list: readonly Pick<Message, 'payload'>[]): string[] {
  return list.map(textOf);
}

/** Resolves when the condition holds; rejects with its last failure when it never does. */
export async function until(condition: () => void | Promise<void>): Promise<void> {
  await vi.waitFor(condition, WAIT);
}

/** Collects what a follower or member receives, in order. */
export class Inbox<T extends StoredMessage = StoredMessage> {
  readonly received: T[] = [];
  readonly add = (one: T) => {
    this.received.push(one);
  };

  get texts(): string[] {
    return texts(this.received);
  }

  async has(count: number): Promise<void> {
    await until(() => expect(this.received.length).toBeGreaterThanOrEqual(count));
  }

  async hasText(text: string): Promise<void> {
    await until(() => expect(this.texts).toContain(text));
  }
}

/** Creates a group: it gets what is published from now on, also where a new one has no backlog. */
export async function createGroup(broker: Consumer, topic: string): Promise<void> {
  await (await broker.consume([topic], 'group', async () => {})).close();
}

/** A member that acks every message. */
export async function member(broker: Consumer, topic: string, group = 'group') {
  const inbox = new Inbox<Delivery>();
  const subscription = await broker.consume([topic], group, async (batch) => batch.forEach(inbox.add));
  return { inbox, ...subscription };
}

export async function follower<M extends StoredMessage>(broker: Follower<M>, ...topics: string[]) {
  const inbox = new Inbox<M>();
  let resets = 0;
  const subscription = await broker.follow(topics, {
    onMessage: inbox.add,
    onReset: () => {
      resets++;
    },
  });
  return { inbox, resets: () => resets, ...subscription };
}

/** The position of the newest message of a topic. */
export async function newest(broker: Log, topic: string): Promise<Position | undefined> {
  for (let position: Position | undefined; ; ) {
    const last = (await broker.read([topic], position, 10_000)).at(-1);
    if (!last) return position;
    position = last.position;
  }
}

export function positions(list: readonly StoredMessage[]): Position[] {
  return list.map(({ position }) => position);
}

/** A promise that the test resolves. */
export function gate(): { open: () => void; opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, opened: promise };
}
