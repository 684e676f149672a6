import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Meow } from '../meow/meow.ts';
import { createIdGenerator } from '../meow/meow-id.ts';
import type { RepositorySubject } from './meow-repository.contract.ts';
import type { MeowRepository } from './meow-repository.ts';
import type { ModerationRepository, Report } from './moderation-repository.ts';

const DAY_MS = 86_400_000;

/** The promises of `ModerationRepository`, and of deletions. */
export function moderationContract(name: string, open: () => Promise<RepositorySubject>): void {
  describe(`${name}: moderation`, () => {
    let subject: RepositorySubject;
    let repository: MeowRepository;
    let moderation: ModerationRepository;
    let newMeowId = createIdGenerator();

    beforeAll(async () => {
      subject = await open();
      repository = subject.repository;
      moderation = repository.moderation;
      await repository.migrate();
    });
    beforeEach(async () => {
      newMeowId = createIdGenerator();
      await subject.db.script('TRUNCATE meows, meow_posters, bans, meow_reports, address_keys');
    });
    afterAll(() => repository.close());

    /** Inserts meows of one address together. */
    const post = async (addressHash: string | undefined, count = 1): Promise<[string, ...string[]]> => {
      const meows: Meow[] = Array.from({ length: count }, () => ({ ...newMeowId(), body: 'meow' }));
      await repository.insertMeows(
        meows.map((meow) => ({ meow, headers: {}, ...(addressHash && { addressHash }) })),
      );
      return meows.map(({ id }) => id) as [string, ...string[]];
    };
    const report = (meowId: string, reporter = '2026-11-26:r', rest: Partial<Report> = {}) =>
      moderation.addReport({ meowId, reason: 'spam', comment: '', addressHashes: [reporter], ...rest });
    const rowsOf = async (table: string) =>
      (await subject.db.run({ name: `count ${table}`, text: `SELECT FROM ${table}` })).length;

    test('a day has one key, whichever process is first', async () => {
      const keys = [1, 2].map((byte) => ({ day: '2026-11-26', key: Buffer.alloc(32, byte) }));
      await Promise.all(keys.map((key) => moderation.addAddressKey(key)));
      const [stored, ...others] = await moderation.listAddressKeys();
      expect(others).toEqual([]);
      expect(stored?.day).toBe('2026-11-26');
      expect(keys.some(({ key }) => key.equals(stored?.key as Uint8Array))).toBe(true);
    });

    test.each([1, 2])(
      'bans the address of a meow that was inserted among %i, until the ban ends',
      async (n) => {
        const [id] = await post('2026-11-26:a', n);
        const before = Date.now();
        const ban = await moderation.ban(id, 3);
        expect(ban).toMatchObject({ meowId: id, addressHash: '2026-11-26:a' });
        // The clock of the server may differ a little.
        expect(Math.abs((ban?.endsAtMs ?? 0) - before - 3 * DAY_MS)).toBeLessThan(60_000);
        expect(await moderation.listBans()).toEqual([ban]);
        const longer = await moderation.ban(id, 30);
        expect(await moderation.listBans()).toEqual([longer]);
        await subject.db.script('UPDATE bans SET ends_at = now()');
        expect(await moderation.listBans()).toEqual([]);
      },
    );

    test('with an idempotency key only the address of the stored meow is known', async () => {
      const entry = (addressHash: string) => ({
        meow: { ...newMeowId(), body: 'meow' },
        headers: {},
        idempotencyKey: `k ${name}`,
        addressHash,
      });
      const [first] = await repository.insertMeows([entry('2026-11-26:a'), entry('2026-11-26:b')]);
      expect(await rowsOf('meow_posters')).toBe(1);
      expect((await moderation.ban(String(first?.id), 1))?.addressHash).toBe('2026-11-26:a');
    });

    test('unban ends all bans of the same hash', async () => {
      const [first, second] = [...(await post('2026-11-26:a')), ...(await post('2026-11-26:a'))];
      const [other] = await post('2026-11-26:b');
      for (const id of [first, second, other]) await moderation.ban(String(id), 1);
      expect(await moderation.unban(String(first))).toBe(true);
      expect((await moderation.listBans()).map(({ meowId }) => meowId)).toEqual([other]);
      expect(await moderation.unban(String(first))).toBe(false);
    });

    test('an address that is not known cannot be banned', async () => {
      const [id] = await post(undefined);
      expect(await moderation.ban(id, 1)).toBeUndefined();
      expect(await moderation.ban(newMeowId().id, 1)).toBeUndefined();
    });

    test('lists reported meows, those with the most reports first', async () => {
      const [one, two] = await post('2026-11-26:a', 2);
      await report(one, '2026-11-26:r', { reason: 'abuse', comment: 'rude' });
      await report(String(two), '2026-11-26:r');
      await report(String(two), '2026-11-26:s', { comment: 'buy my yarn' });
      expect(await moderation.listReported(10)).toEqual([
        expect.objectContaining({
          id: two,
          body: 'meow',
          reasons: ['spam', 'spam'],
          comments: ['buy my yarn'],
        }),
        expect.objectContaining({ id: one, reasons: ['abuse'], comments: ['rude'] }),
      ]);
      expect((await moderation.listReported(1)).map(({ id }) => id)).toEqual([two]);
    });

    test('an address counts once for each meow, also with the key of another day', async () => {
      const [id] = await post('2026-11-26:a');
      expect(await report(id, '2026-11-26:r')).toBe('stored');
      expect(await report(id, '2026-11-26:r')).toBe('stored');
      const tomorrow = { addressHashes: ['2026-11-27:r', '2026-11-26:r'] } as const;
      expect(await report(id, '', tomorrow)).toBe('stored');
      expect(await rowsOf('meow_reports')).toBe(1);
    });

    test('reports are bounded for each address, and in all', async () => {
      const [id] = await post('2026-11-26:a');
      const others = await post('2026-11-26:a', 10_000);
      const fill = (reporter: string, count: number) =>
        subject.db.script(`INSERT INTO meow_reports (meow_id, address_hash, reason, comment)
          SELECT id, '${reporter}', 'spam', '' FROM meows WHERE id <> '${id}' ORDER BY id LIMIT ${count}`);
      await fill('2026-11-26:r', 100);
      expect(await report(id, '2026-11-26:r')).toBe('full');
      expect(await report(id, '2026-11-26:s')).toBe('stored');
      await fill('2026-11-26:t', others.length - 101);
      expect(await report(id, '2026-11-26:u')).toBe('full');
    });

    test('an unknown meow cannot be reported', async () => {
      expect(await report(newMeowId().id)).toBe('unknown meow');
    });

    test('a dismissed meow is not listed again, also if it is reported later', async () => {
      const [id] = await post('2026-11-26:a');
      await report(id);
      expect(await moderation.dismissReports(id)).toBe(true);
      expect(await report(id, '2026-11-26:s')).toBe('stored');
      expect(await moderation.listReported(10)).toEqual([]);
      expect(await moderation.dismissReports(newMeowId().id)).toBe(false);
    });

    test('the deletion of a meow deletes its reports and who posted it, and no ban', async () => {
      const [gone, stays] = await post('2026-11-26:a', 2);
      for (const id of [gone, String(stays)]) await report(id);
      const ban = await moderation.ban(gone, 1);
      await repository.deleteMeows([gone]);
      expect((await moderation.listReported(10)).map(({ id }) => id)).toEqual([stays]);
      expect(await rowsOf('meow_posters')).toBe(1);
      expect(await moderation.ban(gone, 1)).toBeUndefined();
      expect(await moderation.listBans()).toEqual([ban]);
    });

    test('a report of a meow that is being deleted is stored with the meow or not at all', async () => {
      const ids = await post('2026-11-26:a', 20);
      await Promise.all(ids.flatMap((id) => [report(id), repository.deleteMeows([id])]));
      expect(await rowsOf('meow_reports')).toBe(0);
    });

    test('deletes what has expired, and no key that a ban needs', async () => {
      const now = Date.now();
      const dayOf = (daysAgo: number) => new Date(now - daysAgo * DAY_MS).toISOString().slice(0, 10);
      for (const daysAgo of [0, 7, 8, 9])
        await moderation.addAddressKey({ day: dayOf(daysAgo), key: Buffer.alloc(32) });
      const [recent] = await post(`${dayOf(0)}:a`);
      newMeowId = createIdGenerator({ now: () => now - 8 * DAY_MS });
      const [old, banned] = [...(await post(`${dayOf(8)}:a`)), ...(await post(`${dayOf(9)}:b`))];
      await moderation.ban(String(banned), 3);
      for (const id of [recent, String(old)]) await report(id);
      await subject.db.script(
        `UPDATE meow_reports SET created_at = now() - interval '31 days' WHERE meow_id = '${old}'`,
      );
      const expire = () => moderation.deleteExpired(new Date(now - 7 * DAY_MS));
      const days = async () => (await moderation.listAddressKeys()).map(({ day }) => day).sort();

      await expire();
      expect(await days()).toEqual([dayOf(9), dayOf(7), dayOf(0)]);
      expect(await rowsOf('meow_posters')).toBe(1);
      expect((await moderation.listReported(10)).map(({ id }) => id)).toEqual([recent]);
      await subject.db.script('UPDATE bans SET ends_at = now()');
      await expire();
      expect(await days()).toEqual([dayOf(7), dayOf(0)]);
      expect(await rowsOf('bans')).toBe(0);
    });
  });
}
