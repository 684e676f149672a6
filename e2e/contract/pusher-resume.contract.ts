import type { Frame, MeowCreatedFrame } from '@meower/shared/meow/frames.ts';
import { describe, expect, test } from 'vitest';
import { HttpClient } from './http-client.ts';
import type { SystemUnderTest } from './system-under-test.ts';
import { WebSocketClient } from './websocket-client.ts';

/** `?cursor=<seq>`: the frames after it, then live ones, without gaps or repeats. */
export function pusherResumeContract(system: SystemUnderTest): void {
  describe('with a cursor', () => {
    const client = new HttpClient(system);
    const resume = (cursor: number) => WebSocketClient.open(system.url(), `/pusher?cursor=${cursor}`);
    const after = (frames: readonly MeowCreatedFrame[], cursor: number): Frame[] =>
      frames.filter(({ seq }) => seq > cursor);

    test('exactly the missed frames arrive, in order, then live ones', async () => {
      const control = await WebSocketClient.open(system.url());
      const { seq: cursor } = await control.waitForMeow(await client.postMeow('seen'));
      const missed = await client.postMeows('one', 'two', 'three', 'four', 'five');
      await control.waitForMeow(missed[4] as string);

      const resumed = await resume(cursor);
      await resumed.waitForMeow(missed[4] as string);
      const live = await client.postMeow('live');
      await Promise.all([control.waitForMeow(live), resumed.waitForMeow(live)]);
      expect(resumed.frames).toEqual(after(control.meows, cursor));
      expect(resumed.meows.map(({ id }) => id)).toEqual([...missed, live]);
      await Promise.all([control.close(), resumed.close()]);
    });

    test('of the newest frame, the next meow arrives first', async () => {
      const control = await WebSocketClient.open(system.url());
      const { seq } = await control.waitForMeow(await client.postMeow('newest'));
      const resumed = await resume(seq);
      const next = await client.postMeow('next');
      await resumed.waitForMeow(next);
      expect(resumed.meows.map(({ id }) => id)).toEqual([next]);
      expect(resumed.frames).toHaveLength(1);
      await Promise.all([control.close(), resumed.close()]);
    });

    test('no frame is missing or repeated while others post', async () => {
      const control = await WebSocketClient.open(system.url());
      const first = await control.waitForMeow(await client.postMeow('first'));
      let done = false;
      const posting = Promise.all(
        Array.from({ length: 4 }, async () => {
          while (!done) await client.postMeow('meow');
        }),
      );
      const resumed: { cursor: number; socket: WebSocketClient }[] = [];
      for (let i = 0; i < 25; i++) {
        await control.waitFor(() => control.meows.length > 12 * (i + 1), 'more frames');
        // Old, recent and newest cursors.
        const { seq: cursor } = [first, control.meows.at(-8), control.meows.at(-1)][i % 3] ?? first;
        resumed.push({ cursor, socket: await resume(cursor) });
      }
      done = true;
      await posting;
      const last = await client.postMeow('last');
      await control.waitForMeow(last);
      for (const { cursor, socket } of resumed) {
        await socket.waitForMeow(last);
        expect(socket.frames).toEqual(after(control.meows, cursor));
        await socket.close();
      }
      await control.close();
    });

    test('repeated reconnects each resume where the previous connection ended', async () => {
      const control = await WebSocketClient.open(system.url());
      const first = await control.waitForMeow(await client.postMeow('first'));
      const seen: Frame[] = [];
      let cursor = first.seq;
      let last = '';
      for (let i = 0; i < 10; i++) {
        const posting = client.postMeows('one', 'two', 'three');
        const socket = await resume(cursor);
        await socket.waitFor(() => socket.meows.length > 0, 'a frame');
        await socket.close();
        seen.push(...socket.frames);
        cursor = socket.meows.at(-1)?.seq ?? cursor;
        last = (await posting).at(-1) as string;
      }
      await control.waitForMeow(last);
      const socket = await resume(cursor);
      const end = await client.postMeow('end');
      await Promise.all([socket.waitForMeow(end), control.waitForMeow(end)]);
      expect([...seen, ...socket.frames]).toEqual(after(control.meows, first.seq));
      await Promise.all([socket.close(), control.close()]);
    });

    test.each([
      ['a little ahead of the history', (seq: number) => seq + 1000],
      ['from another history', () => Number.MAX_SAFE_INTEGER],
    ])('%s, one refetch frame arrives, then live ones', async (_, cursorFrom) => {
      const control = await WebSocketClient.open(system.url());
      const { seq } = await control.waitForMeow(await client.postMeow('newest'));
      const socket = await resume(cursorFrom(seq));
      await socket.waitFor(() => socket.frames.length > 0, 'the refetch frame');
      const ids = await client.postMeows('one', 'two');
      await socket.waitForMeow(ids[1] as string);
      expect(socket.frames[0]).toEqual({ kind: 2 });
      expect(socket.frames.slice(1)).toMatchObject(ids.map((id) => ({ kind: 1, id })));
      await Promise.all([control.close(), socket.close()]);
    });

    test('of 0, the whole history or one refetch frame arrives', async () => {
      const control = await WebSocketClient.open(system.url());
      await control.waitForMeow(await client.postMeow('newest'));
      const socket = await resume(0);
      await socket.waitFor(() => socket.frames.length > 0, 'a frame', 60_000);
      const live = await client.postMeow('live');
      const { seq } = await socket.waitForMeow(live, 60_000);
      const [first, ...rest] = socket.frames;
      if (first?.kind === 1) {
        expect(rest).not.toContainEqual({ kind: 2 });
        expect(socket.meows.filter((frame) => frame.seq >= (control.meows[0]?.seq ?? seq))).toHaveLength(2);
      } else {
        expect(first).toEqual({ kind: 2 });
        expect(rest).toMatchObject([{ kind: 1, id: live }]);
      }
      await Promise.all([control.close(), socket.close()]);
    });
  });
}
