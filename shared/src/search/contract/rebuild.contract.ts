import { describe, expect, test } from 'vitest';
import type { Meow } from '../../meow/meow.ts';
import { type Open, subjectForEach } from './subject.ts';

/** What `SearchRepository` promises of rebuilding the index. */
export function rebuildContract(open: Open): void {
  describe('rebuilding', () => {
    const subject = subjectForEach(open);

    test('the old index is in use until the swap, then the new one', async () => {
      const { repository, given, found, newMeow } = subject;
      await given('old news');
      const rebuild = await repository.rebuild();
      expect(await rebuild.insertMeows([newMeow('fresh news')])).toEqual([{ status: 'indexed' }]);
      expect(await found('news')).toEqual(['old news']);
      expect(await repository.count()).toBe(1);
      await rebuild.swap();
      expect(await found('news')).toEqual(['fresh news']);
      expect(await repository.count()).toBe(1);
    });

    test('a rebuilt index is complete', async () => {
      const { repository } = subject;
      await (await repository.rebuild()).swap();
      expect((await repository.prepare()).complete).toBe(true);
    });

    test('the index in use keeps its checkpoint, and a rebuilt one takes it over', async () => {
      const { repository } = subject;
      const checkpoint = async () => (await repository.prepare()).checkpoint;
      expect(await checkpoint()).toBeUndefined();
      for (const recorded of ['1', '2']) {
        await (await repository.prepare()).setCheckpoint(recorded);
        expect(await checkpoint()).toBe(recorded);
      }
      const rebuild = await repository.rebuild();
      await rebuild.insertMeows([]);
      await rebuild.swap();
      expect(await checkpoint()).toBe('2');
    });

    test('an abandoned rebuild leaves the old index unchanged', async () => {
      const { repository, given, found, newMeow } = subject;
      await given('old news');
      await (await repository.prepare()).setComplete(true);
      const rebuild = await repository.rebuild();
      await rebuild.insertMeows([newMeow('fresh news')]);
      await rebuild.abandon();
      expect(await found('news')).toEqual(['old news']);
      expect((await repository.prepare()).complete).toBe(true);
      await given('more news');
      expect(await found('news')).toEqual(['more news', 'old news']);
    });

    test('inserts after the swap go into the new index', async () => {
      const { repository, given, found, newMeow } = subject;
      const rebuild = await repository.rebuild();
      await rebuild.insertMeows([newMeow('fresh news')]);
      await rebuild.swap();
      await given('more news');
      await repository.insertMeow(newMeow('last news'));
      expect(await found('news')).toEqual(['last news', 'more news', 'fresh news']);
    });

    test('can be repeated', async () => {
      const { repository, given, found, newMeow } = subject;
      await given('news 0');
      for (let i = 1; i <= 3; i++) {
        const rebuild = await repository.rebuild();
        await rebuild.insertMeows([newMeow(`news ${i}`)]);
        await rebuild.swap();
        expect(await found('news')).toEqual([`news ${i}`]);
      }
    });

    test('loses no meow that is inserted meanwhile, and no search fails', async () => {
      const { repository, given, newMeow } = subject;
      const before = await given(...Array.from({ length: 200 }, (_, i) => `meow ${i}`));
      const rebuild = await repository.rebuild();
      const meanwhile: Meow[] = [];
      let swapped = false;
      const insertAndSearch = async () => {
        while (!swapped) {
          const batch = Array.from({ length: 10 }, (_, i) => newMeow(`meow ${i}`));
          const outcomes = await repository.insertMeows(batch);
          // During the swap the engine may be busy. The indexer would retry as well.
          const again = batch.filter((_, i) => outcomes[i]?.status === 'busy');
          if (again.length > 0) await repository.insertMeows(again);
          meanwhile.push(...batch);
          expect((await repository.searchMeows('meow', 0, 50)).length).toBe(50);
        }
      };
      const others = [insertAndSearch(), insertAndSearch()];

      for (let i = 0; i < 200; i += 20) await rebuild.insertMeows(before.slice(i, i + 20));
      await rebuild.swap();
      swapped = true;
      await Promise.all(others);

      await repository.refresh();
      const all = [...before, ...meanwhile].map(({ id }) => id);
      expect(meanwhile.length).toBeGreaterThan(0);
      expect([...(await repository.findIds(all))].sort()).toEqual(all.sort());
      expect(await repository.count()).toBe(all.length);
    });
  });
}
