import type { MeowCreated } from '@meower/shared/event/store.ts';
import { createIdGenerator } from '@meower/shared/schema/meow-id.ts';
import { beforeEach, expect, test } from 'vitest';
import type { Client } from './client.ts';
import { Hub } from './hub.ts';

const newMeowId = createIdGenerator();
const event = (seq: number) => ({ meow: { ...newMeowId(), body: 'meow' }, headers: {}, seq }) as MeowCreated;
const turnEnds = () => new Promise(setImmediate);

/** What a client was sent, as positions, one list for each write. */
class Page {
  readonly writes: number[][] = [];
  readonly isOpen = true;
  onClose(): void {}
  send(frames: Buffer): void {
    this.writes.push([...frames.toString().matchAll(/"seq":(\d+)/g)].map(([, seq]) => Number(seq)));
  }
  asClient(): Client {
    return this as unknown as Client;
  }
}

let hub: Hub;
let page: Page;

beforeEach(() => {
  hub = new Hub(10);
  hub.begin(0);
  page = new Page();
});

test('the frames of one turn go out in one write', async () => {
  hub.join(page.asClient());
  for (const seq of [1, 2, 3]) hub.broadcast(event(seq));
  await turnEnds();
  hub.broadcast(event(4));
  await turnEnds();
  expect(page.writes).toEqual([[1, 2, 3], [4]]);
});

test('who resumes in the turn of a broadcast gets it once', async () => {
  hub.broadcast(event(1));
  hub.broadcast(event(2));
  hub.resume(page.asClient(), 1);
  hub.broadcast(event(3));
  await turnEnds();
  expect(page.writes.flat()).toEqual([2, 3]);
});

test('who joins in the turn of a broadcast gets what comes from then on', async () => {
  hub.broadcast(event(1));
  hub.join(page.asClient());
  hub.broadcast(event(2));
  await turnEnds();
  expect(page.writes.flat()).toEqual([2]);
});
