import { describe, expect, test } from 'vitest';
import { IndexMissingError } from '../search-repository.ts';
import { type Open, subjectForEach } from './subject.ts';

/** What `SearchRepository` promises of inserting meows and reading them back. */
export function indexingContract(open: Open): void {
  describe('indexing', () => {
    const subject = subjectForEach(open);

    test('a meow can be found as soon as its insert has resolved', async () => {
      const { repository, newMeow } = subject;
      const meow = newMeow('hello world');
      await repository.insertMeow(meow);
      expect(await repository.searchMeows('world', 0, 10)).toEqual([meow]);
    });

    test('a meow is returned as it was inserted: with its escapes, and its time to the microsecond', async () => {
      const { repository, newMeow } = subject;
      const meow = {
        ...newMeow(`<b>"Tom" & 'Jerry'</b> &amp; \n\t\\ 🐱 e\u0301`),
        createdAt: '2026-11-21T02:43:32.123456Z',
      };
      await repository.insertMeow(meow);
      expect(await repository.searchMeows('tom', 0, 10)).toEqual([meow]);
    });

    test('a meow with the same id is replaced', async () => {
      const { repository, newMeow, found } = subject;
      const first = newMeow('a meow about mice');
      await repository.insertMeow(first);
      await repository.insertMeow({ ...first, body: 'a meow about birds' });
      await repository.insertMeow(newMeow('a meow about fish'));
      expect(await found('mice')).toEqual([]);
      expect(await found('birds')).toEqual(['a meow about birds']);
      expect(await found('meow')).toEqual(['a meow about fish', 'a meow about birds']);
      expect(await repository.count()).toBe(2);
    });

    test('a deleted meow is found no more, the others still are', async () => {
      const { repository, given, found } = subject;
      const [one, two, three] = (await given('one cat', 'two cats', 'three cat')).map(({ id }) => id) as [
        string,
        string,
        string,
      ];
      await repository.deleteMeows([one]);
      await repository.refresh();
      expect(await found('cat')).toEqual(['three cat', 'two cats']);
      expect(await found('one')).toEqual([]);
      expect(await repository.findIds([one, two, three])).toEqual(new Set([two, three]));
      expect(await repository.count()).toBe(2);
      expect(await repository.listIdsAfter('', 10)).toEqual([two, three]);
      expect(await repository.listIdsAfter('', 1)).toEqual([two]);
      expect(await repository.listIdsAfter(two, 10)).toEqual([three]);
      await repository.deleteMeows([three, two]);
      await repository.refresh();
      expect(await found('cat two three')).toEqual([]);
    });

    test('deleting skips meows that are not in the index', async () => {
      const { repository, newMeow, given, found } = subject;
      const [meow] = await given('a meow');
      await repository.deleteMeows([newMeow('not inserted').id]);
      await repository.deleteMeows([]);
      await repository.deleteMeows([String(meow?.id), String(meow?.id)]);
      await repository.refresh();
      expect(await found('meow')).toEqual([]);
    });

    test('of two meows with the same id in a batch, the later one is stored', async () => {
      const { repository, newMeow, found } = subject;
      const meow = newMeow('first');
      const outcomes = await repository.insertMeows([meow, { ...meow, body: 'second' }]);
      await repository.refresh();
      expect(outcomes).toEqual([{ status: 'indexed' }, { status: 'indexed' }]);
      expect([...(await found('first')), ...(await found('second'))]).toEqual(['second']);
    });

    test('a batch of 1,000 is indexed, with an outcome for each meow', async () => {
      const { repository, newMeow } = subject;
      const meows = Array.from({ length: 1_000 }, (_, i) => newMeow(`meow number ${i}`));
      const outcomes = await repository.insertMeows(meows);
      await repository.refresh();
      expect(outcomes).toEqual(meows.map(() => ({ status: 'indexed' })));
      expect(await repository.searchMeows('number', 0, 1_000)).toEqual(meows.toReversed());
      expect(await repository.count()).toBe(1_000);
      expect(await repository.findIds(meows.map(({ id }) => id))).toEqual(new Set(meows.map(({ id }) => id)));
    });

    test('an empty batch has no outcomes', async () => {
      expect(await subject.repository.insertMeows([])).toEqual([]);
      expect(await subject.repository.findIds([])).toEqual(new Set());
    });

    test('finds which ids are in the index', async () => {
      const { repository, newMeow, given } = subject;
      const [one, two] = (await given('one', 'two')).map(({ id }) => id) as [string, string];
      expect(await repository.findIds([two, newMeow('not inserted').id, one])).toEqual(new Set([one, two]));
    });

    test('a text without a word is stored', async () => {
      const { repository, given, found } = subject;
      await given('!!!', '. . .');
      expect(await repository.count()).toBe(2);
      expect(await found('!!!')).toEqual([]);
    });

    test('inserts and searches run concurrently', async () => {
      const { repository, newMeow } = subject;
      const batches = Array.from({ length: 10 }, () =>
        Array.from({ length: 20 }, (_, i) => newMeow(`concurrent ${i}`)),
      );
      await Promise.all(
        batches.flatMap((batch) => [
          repository.insertMeows(batch),
          repository.searchMeows('concurrent', 0, 100),
        ]),
      );
      await repository.refresh();
      const newestFirst = batches
        .flat()
        .map(({ id }) => id)
        .sort()
        .reverse();
      expect((await repository.searchMeows('concurrent', 0, 1_000)).map(({ id }) => id)).toEqual(newestFirst);
    });
  });

  describe('completeness', () => {
    const subject = subjectForEach(open);
    const search = async (query: string) => {
      const { meows, complete } = await subject.repository.searchWithCompleteness(query, 0, 10);
      return { found: meows.map(({ body }) => body), complete };
    };

    test('a new index is incomplete until it is recorded as complete, and each search reports that', async () => {
      const { repository, given } = subject;
      await given('a cat');
      const index = await repository.prepare();
      expect(index.complete).toBe(false);
      expect(await search('cat')).toEqual({ found: ['a cat'], complete: false });
      expect(await search('dog')).toEqual({ found: [], complete: false });

      await index.setComplete(true);
      expect((await repository.prepare()).complete).toBe(true);
      expect(await search('cat')).toEqual({ found: ['a cat'], complete: true });
      expect(await search('dog')).toEqual({ found: [], complete: true });
      await given('a dog');
      expect(await search('dog')).toEqual({ found: ['a dog'], complete: true });

      await index.setComplete(false);
      expect((await repository.prepare()).complete).toBe(false);
      expect(await search('cat')).toEqual({ found: ['a cat'], complete: false });
    });

    test('all that was indexed can be found once an index is complete', async () => {
      const { repository, newMeow } = subject;
      await repository.insertMeows([newMeow('a cat')]);
      await (await repository.prepare()).setComplete(true);
      expect(await search('cat')).toEqual({ found: ['a cat'], complete: true });
    });

    test('is recorded neither for an index that was replaced, nor for its successor', async () => {
      const { repository } = subject;
      const replaced = await repository.prepare();
      await (await repository.rebuild()).swap();
      await (await repository.prepare()).setComplete(false);
      await expect(replaced.setComplete(true)).rejects.toThrow(IndexMissingError);
      expect(await search('cat')).toEqual({ found: [], complete: false });
    });

    test('preparing again changes nothing', async () => {
      const { repository, given, found } = subject;
      await given('still here');
      await Promise.all([repository.prepare(), repository.prepare()]);
      expect(await found('still')).toEqual(['still here']);
      await repository.ping();
    });
  });
}
