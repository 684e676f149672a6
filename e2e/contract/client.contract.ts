import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { createLiveClient, createMeowerClient, createOperatorClient, type NewsFrame } from '@meower/client';
import { describe, expect, test, vi } from 'vitest';
import { uniqueWord } from '../unique-word.ts';
import type { SystemUnderTest } from './system-under-test.ts';

const WITHIN = { timeout: 15_000, interval: 50 };

/** What programs do with the client of `client`. */
export function clientContract(system: SystemUnderTest): void {
  describe('the client', () => {
    test('posts, reads, searches and reports meows', async () => {
      const meower = createMeowerClient(system.url());
      const word = uniqueWord();
      const [id, other] = [await meower.createMeow(`<${word}>`), await meower.createMeow(word)];
      const [newest, older] = await meower.listMeows({ take: 2 });
      expect(newest).toMatchObject({ id: other, body: word });
      expect(older).toEqual(await meower.getMeow(id));
      expect(await meower.listMeows({ take: 1, before: other })).toEqual([older]);
      await vi.waitFor(async () => {
        const { meows, degraded } = await meower.searchMeows(word, { skip: 0, take: 10 });
        expect([meows.map((meow) => meow.id).sort(), degraded]).toEqual([[id, other], false]);
      }, WITHIN);
      expect(await meower.reportMeow(id, { reason: 'spam' })).toBe(true);
      await expect(meower.getMeow('unknown')).rejects.toMatchObject({ problem: 'missing' });
      await expect(meower.createMeow(' ')).rejects.toMatchObject({ problem: 'refused' });
    });

    test('posts once under one key', async () => {
      const meower = createMeowerClient(system.url());
      const [word, key] = [uniqueWord(), crypto.randomUUID()];
      expect(await meower.createMeow(word, key)).toBe(await meower.createMeow(word, key));
    });

    test('follows the meows, and another one resumes where it stopped', async () => {
      const meower = createMeowerClient(system.url());
      const first = await follow(system.url());
      const id = await meower.createMeow('live');
      const { seq } = await first.meow(id);
      first.close();

      const missed = await meower.createMeow('missed');
      const second = await follow(system.url(), seq);
      const { seq: next } = await second.meow(missed);
      expect(next).toBeGreaterThan(seq);
      expect(second.ids()).not.toContain(id);
      second.close();
    });

    test.runIf(system.admin)('decides on reports, bans and deletions as an operator', async () => {
      const { url, token } = system.admin ?? expect.fail('no port for operators');
      const meower = createMeowerClient(system.url());
      const operator = createOperatorClient(url(), token);
      const id = await meower.createMeow('bad');
      await meower.reportMeow(id, { reason: 'spam', text: 'ads' });
      const reported = async () => (await operator.listReported()).filter((meow) => meow.id === id);
      expect(await reported()).toEqual([
        { ...(await meower.getMeow(id)), reasons: ['spam'], comments: ['ads'] },
      ]);
      const ban = await operator.ban(id, 3);
      try {
        expect(Date.parse(ban.ends_at) - Date.now()).toBeGreaterThan(2 * 24 * 3_600_000);
        expect(await operator.listBans()).toEqual([ban]);
        await expect(meower.createMeow('again')).rejects.toMatchObject({ problem: 'refused' });
      } finally {
        await operator.unban(id);
      }
      await operator.dismissReports(id);
      expect(await reported()).toEqual([]);
      await expect(operator.unban(id)).rejects.toMatchObject({ problem: 'missing' });
      await operator.deleteMeow(id);
      await expect(meower.getMeow(id)).rejects.toMatchObject({ problem: 'missing' });
      const stranger = createOperatorClient(url(), 'another token');
      await expect(stranger.listBans()).rejects.toMatchObject({ problem: 'refused' });
    });

    test('works as its README shows', async () => {
      const readme = readFileSync(new URL('../../client/README.md', import.meta.url), 'utf8');
      const [, program = ''] = /^```js\n(.*?)^```$/ms.exec(readme) ?? [];
      const end =
        '\nconst { kind } = await new Promise((resolve) => received.then(resolve));\nlive.close();\nconsole.log(kind);';
      const observed = program
        .replaceAll('http://localhost:8080', system.url())
        .replace('console.log(frame)', 'resolveFrame(frame)');
      const code = `const { promise: received, resolve: resolveFrame } = Promise.withResolvers();\n${observed}${end}`;
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
        cwd: import.meta.dirname,
        timeout: 20_000,
      });
      expect(stdout).toBe('1\n');
    });
  });
}

/** A client that is connected. */
async function follow(url: string, cursor?: number) {
  const frames: NewsFrame[] = [];
  const opened = Promise.withResolvers<void>();
  const live = createLiveClient({
    url,
    cursor,
    onFrame: (frame) => frames.push(frame),
    onOpen: () => opened.resolve(),
  });
  live.start();
  await opened.promise;
  const created = () => frames.filter((frame) => frame.kind === 1);
  return {
    close: () => live.close(),
    ids: () => created().map(({ id }) => id),
    meow: (id: string) =>
      vi.waitFor(() => {
        const frame = created().find((frame) => frame.id === id);
        if (!frame) throw new Error(`${id} has not arrived`);
        return frame;
      }, WITHIN),
  };
}
