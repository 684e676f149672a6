import type { Frame, MeowCreatedFrame } from '@meower/shared/schema/frames.ts';
import { describe, expect, test } from 'vitest';
import { Client } from './http-client.ts';
import type { Subject } from './system-under-test.ts';
import { Watcher } from './websocket-client.ts';

/** `?cursor=<seq>`: what came after it, then live, with nothing missing and nothing twice. */
export function pusherResumeContract(subject: Subject): void {
  describe('with a cursor', () => {
    const client = new Client(subject);
    const resume = (cursor: number) => Watcher.open(subject.url(), `/pusher?cursor=${cursor}`);
    const after = (frames: readonly MeowCreatedFrame[], cursor: number): Frame[] =>
      frames.filter(({ seq }) => seq > cursor);

    test('exactly the missed frames come, in order, then live ones', async () => {
      const control = await Watcher.open(subject.url());
      const { seq: cursor } = await control.meow(await client.meow('seen'));
      const missed = await client.meows('one', 'two', 'three', 'four', 'five');
      await control.meow(missed[4] as string);

      const resumed = await resume(cursor);
      await resumed.meow(missed[4] as string);
      const live = await client.meow('live');
      await Promise.all([control.meow(live), resumed.meow(live)]);
      expect(resumed.frames).toEqual(after(control.meows, cursor));
      expect(resumed.meows.map(({ id }) => id)).toEqual([...missed, live]);
      await Promise.all([control.close(), resumed.close()]);
    });

    test('of the newest frame nothing comes before the next', async () => {
      const control = await Watcher.open(subject.url());
      const { seq } = await control.meow(await client.meow('newest'));
      const resumed = await resume(seq);
      const next = await client.meow('next');
      await resumed.meow(next);
      expect(resumed.meows.map(({ id }) => id)).toEqual([next]);
      expect(resumed.frames).toHaveLength(1);
      await Promise.all([control.close(), resumed.close()]);
    });

    test('nothing is missed and nothing comes twice while posting goes on', async () => {
      const control = await Watcher.open(subject.url());
      const first = await control.meow(await client.meow('first'));
      let done = false;
      const posting = Promise.all(
        Array.from({ length: 4 }, async () => {
          while (!done) await client.meow('meow');
        }),
      );
      const resumed: { cursor: number; watcher: Watcher }[] = [];
      for (let i = 0; i < 25; i++) {
        await control.until(() => control.meows.length > 12 * (i + 1), 'more frames');
        // Old, recent and newest cursors.
        const { seq: cursor } = [first, control.meows.at(-8), control.meows.at(-1)][i % 3] ?? first;
        resumed.push({ cursor, watcher: await resume(cursor) });
      }
      done = true;
      await posting;
      const last = await client.meow('last');
      await control.meow(last);
      for (const { cursor, watcher } of resumed) {
        await watcher.meow(last);
        expect(watcher.frames).toEqual(after(control.meows, cursor));
        await watcher.close();
      }
      await control.close();
    });

    test('hanging up again and again while resuming, each resumes where the one before ended', async () => {
      const control = await Watcher.open(subject.url());
      const first = await control.meow(await client.meow('first'));
      const seen: Frame[] = [];
      let cursor = first.seq;
      let last = '';
      for (let i = 0; i < 10; i++) {
        const posting = client.meows('one', 'two', 'three');
        const watcher = await resume(cursor);
        await watcher.until(() => watcher.meows.length > 0, 'a frame');
        await watcher.close();
        seen.push(...watcher.frames);
        cursor = watcher.meows.at(-1)?.seq ?? cursor;
        last = (await posting).at(-1) as string;
      }
      await control.meow(last);
      const watcher = await resume(cursor);
      const end = await client.meow('end');
      await Promise.all([watcher.meow(end), control.meow(end)]);
      expect([...seen, ...watcher.frames]).toEqual(after(control.meows, first.seq));
      await Promise.all([watcher.close(), control.close()]);
    });

    test.each([
      ['a little ahead of the history', (seq: number) => seq + 1000],
      ['from another history', () => Number.MAX_SAFE_INTEGER],
    ])('%s it says once to fetch again, then goes on live', async (_, cursorFrom) => {
      const control = await Watcher.open(subject.url());
      const { seq } = await control.meow(await client.meow('newest'));
      const watcher = await resume(cursorFrom(seq));
      await watcher.until(() => watcher.frames.length > 0, 'to be told to fetch again');
      const ids = await client.meows('one', 'two');
      await watcher.meow(ids[1] as string);
      expect(watcher.frames[0]).toEqual({ kind: 2 });
      expect(watcher.frames.slice(1)).toMatchObject(ids.map((id) => ({ kind: 1, id })));
      await Promise.all([control.close(), watcher.close()]);
    });

    test('of 0 the whole history comes, or it says once to fetch again', async () => {
      const control = await Watcher.open(subject.url());
      await control.meow(await client.meow('newest'));
      const watcher = await resume(0);
      await watcher.until(() => watcher.frames.length > 0, 'a frame', 60_000);
      const live = await client.meow('live');
      const { seq } = await watcher.meow(live, 60_000);
      const [first, ...rest] = watcher.frames;
      if (first?.kind === 1) {
        expect(rest).not.toContainEqual({ kind: 2 });
        expect(watcher.meows.filter((frame) => frame.seq >= (control.meows[0]?.seq ?? seq))).toHaveLength(2);
      } else {
        expect(first).toEqual({ kind: 2 });
        expect(rest).toMatchObject([{ kind: 1, id: live }]);
      }
      await Promise.all([control.close(), watcher.close()]);
    });
  });
}
