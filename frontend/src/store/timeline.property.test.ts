import { ApiError } from '@meower/client/problem.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createStore } from 'vuex';
import type { MeowApi } from '../api/meows.ts';
import type { Meow } from '../meow/meow.ts';
import { idOf, meow } from '../testing/fake-api.ts';
import type { RootState } from './state.ts';
import { timelineModule } from './timeline.ts';

// Small, so that a few steps reach them.
const LIMITS = { page: 3, joiningPages: 2, newer: 6, atTop: 8, shown: 14 };

interface Request {
  /** Takes what the server has now. It may arrive later. */
  serve(): void;
  arrive(): void;
  fail(): void;
}

/** A server, a connection to it, and a timeline. Nothing happens by itself: each step is a method. */
class World {
  readonly server: Meow[] = [];
  readonly requests: Request[] = [];
  /** Frames sent and not yet received. */
  #wire: Meow[] = [];
  #received = 0;
  #connected = true;
  /** Changes of the list that the reader has asked for and that have not happened yet. */
  #asked = 0;
  readonly #store = createStore<RootState>({
    modules: { timeline: timelineModule({ listMeows: (page) => this.#list(page) } as MeowApi, LIMITS) },
  });

  constructor(meows: number) {
    for (let number = 1; number <= meows; number++) this.server.push(meow(number));
    this.#received = meows;
    this.#dispatch('loadNewest');
  }

  get timeline() {
    return this.#store.state.timeline;
  }

  post(count: number): void {
    for (let i = 0; i < count; i++) {
      const posted = meow(this.server.length + 1);
      this.server.push(posted);
      if (this.#connected) this.#wire.push(posted);
    }
  }

  push(count: number): void {
    const meows = this.#wire.splice(0, count);
    this.#received += meows.length;
    if (meows.length > 0) this.#dispatch('receive', meows);
  }

  disconnect(): void {
    this.#connected = false;
    this.#wire = [];
  }

  connect(resumed: boolean): void {
    if (this.#connected) return;
    this.#connected = true;
    if (resumed) {
      this.#wire = this.server.slice(this.#received);
    } else {
      this.#received = this.server.length;
      this.#store.commit('timeline/interrupted');
      this.#dispatch('loadNewest');
    }
  }

  read(reading: boolean): void {
    this.#askedFor(Promise.resolve(this.#store.commit('timeline/reading', reading)));
  }

  refresh(): void {
    this.#dispatch('loadNewest');
  }

  older(): void {
    this.#dispatch('loadOlder');
  }

  jumpToTop(): void {
    this.#askedFor(this.#dispatch('reveal'));
  }

  continueFurther(): void {
    if (this.#store.getters['timeline/full']) this.#askedFor(this.#dispatch('loadOlder', { asked: true }));
  }

  /** Runs one step and checks what it did to the list. */
  async step(step: (world: World) => void): Promise<void> {
    const before = this.timeline.meows;
    const mayMove = () => !this.timeline.reading || this.#asked > 0;
    const couldMove = mayMove();
    step(this);
    const canMove = couldMove || mayMove();
    await settled();
    this.checkList();
    if (!canMove && this.timeline.loaded)
      expect(ids(this.timeline.meows).slice(0, before.length), 'moved unasked').toEqual(ids(before));
  }

  checkList(): void {
    const { meows, newer } = this.timeline;
    const [newest] = meows;
    const start = newest === undefined ? 0 : this.server.findIndex(({ id }) => id === newest.id);
    const expected = this.server.slice(Math.max(0, start - meows.length + 1), start + 1).reverse();
    expect(ids(meows), 'has a gap or a double').toEqual(newest === undefined ? [] : ids(expected));
    expect(new Set(ids([...newer, ...meows])).size).toBe(newer.length + meows.length);
    expect(newer.length).toBeLessThanOrEqual(LIMITS.newer + LIMITS.page * LIMITS.joiningPages);
  }

  /** After everything has arrived, the reader can read from the newest meow to the oldest. */
  async readEverything(): Promise<void> {
    this.connect(false);
    await this.#settle(() => this.refresh());
    await this.#settle(() => this.jumpToTop());
    expect(this.timeline.meows[0]?.id ?? '').toBe(this.server.at(-1)?.id ?? '');
    for (let seen = 0; !this.timeline.complete; ) {
      expect(this.timeline.meows.length, 'is stuck').toBeGreaterThan(0);
      const last = this.timeline.meows.at(-1);
      await this.#settle(() =>
        this.#store.getters['timeline/full'] ? this.continueFurther() : this.older(),
      );
      this.checkList();
      seen++;
      expect(this.timeline.meows.at(-1) !== last || this.timeline.complete, `is stuck after ${seen}`).toBe(
        true,
      );
    }
    if (this.server.length > 0) expect(this.timeline.meows.at(-1)?.id).toBe(idOf(1));
  }

  async #settle(step: () => void): Promise<void> {
    step();
    this.push(Number.POSITIVE_INFINITY);
    for (await settled(); this.requests.length > 0; await settled()) this.requests.shift()?.arrive();
  }

  #dispatch(action: string, payload?: unknown): Promise<void> {
    return this.#store.dispatch(`timeline/${action}`, payload);
  }

  #askedFor(change: Promise<void>): void {
    this.#asked++;
    void change.finally(() => this.#asked--);
  }

  #list({ take, before }: { take: number; before?: string }): Promise<Meow[]> {
    const { promise, resolve, reject } = Promise.withResolvers<Meow[]>();
    let served: Meow[] | undefined;
    const serve = () => {
      served ??= this.server
        .filter(({ id }) => before === undefined || id < before)
        .reverse()
        .slice(0, take);
      return served;
    };
    this.requests.push({
      serve,
      arrive: () => resolve(serve()),
      fail: () => reject(new ApiError('broken', undefined)),
    });
    return promise;
  }
}

const ids = (meows: readonly Meow[]) => meows.map(({ id }) => id);
const settled = () => new Promise(setImmediate);

/** What may happen, with a number from 0 to 9. */
const STEPS = {
  post: (world: World, count: number) => world.post(count),
  push: (world: World, count: number) => world.push(count),
  serve: (world: World, index: number) => world.requests[index]?.serve(),
  arrive: (world: World, index: number) => world.requests.splice(index % 3, 1)[0]?.arrive(),
  arriveInOrder: (world: World) => world.requests.shift()?.arrive(),
  fail: (world: World, index: number) => world.requests.splice(index, 1)[0]?.fail(),
  older: (world: World) => world.older(),
  scrollDown: (world: World) => world.read(true),
  scrollToTop: (world: World) => world.read(false),
  jumpToTop: (world: World) => world.jumpToTop(),
  continueFurther: (world: World) => world.continueFurther(),
  refresh: (world: World) => world.refresh(),
  disconnect: (world: World) => world.disconnect(),
  connect: (world: World, choice: number) => world.connect(choice < 5),
};
const names = fc.constantFrom(...(Object.keys(STEPS) as (keyof typeof STEPS)[]));
const steps = fc.array(fc.tuple(names, fc.nat(9)), { minLength: 10, maxLength: 80 });

test('shows no gap and no double, and moves nothing unasked, whatever happens in which order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 40 }), steps, async (meows, sequence) => {
      const world = new World(meows);
      for (const [name, number] of sequence) await world.step((w) => STEPS[name](w, number));
      await world.readEverything();
    }),
    { numRuns: 300 },
  );
}, 60_000);
