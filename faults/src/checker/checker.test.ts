import { expect, test } from 'vitest';
import { judge } from './checker.ts';
import type { Found, History, PageEvent } from './history.ts';
import { isClean, type Verdict } from './verdict.ts';

const meow = (id: string): Found => ({ id, body: `text of ${id}` });
const frame = (seq: number, id: string): PageEvent => ({ kind: 'meow', seq, id });
const all = ['c', 'b', 'a'].map(meow);

/** Three meows that went well, seen by two pages; `changes` makes it a worse one. */
function historyWith(changes: Partial<History> = {}): History {
  return {
    posts: ['a', 'b', 'c'].map((id) => ({ text: `text of ${id}`, id })),
    listed: all,
    indexed: all,
    searches: [{ id: 'a', found: ['a'] }],
    pages: [
      {
        name: 'page 1',
        events: [
          { kind: 'connected' },
          { kind: 'list', ids: ['a'] },
          frame(1, 'a'),
          frame(2, 'b'),
          { kind: 'connected', cursor: 2 },
          frame(3, 'c'),
        ],
      },
      { name: 'page 2', events: [{ kind: 'connected' }, { kind: 'list', ids: ['c', 'b', 'a'] }] },
    ],
    ...changes,
  };
}
const pageWith = (...events: PageEvent[]): Partial<History> => ({
  pages: [{ name: 'page', events: [{ kind: 'connected' }, { kind: 'list', ids: [] }, ...events] }],
});
const broken = ({ violations }: Verdict) => Object.entries(violations).filter(([, count]) => count > 0);

test('a history in which everything went well is clean, and everything in it was looked at', () => {
  const verdict = judge(historyWith());
  expect(verdict.examples).toEqual([]);
  expect(isClean(verdict)).toBe(true);
  expect(verdict.checked).toEqual({ list: 3, index: 3, search: 1, pages: 6 });
});

test('an answered meow that is not listed is lost', () => {
  const listed = all.slice(1);
  const verdict = judge(historyWith({ listed, indexed: listed, pages: [] }));
  expect(broken(verdict)).toEqual([['lost', 1]]);
  expect(verdict.examples[0]).toContain('text of c');
});

test('a meow without an answer may be missing', () => {
  const posts = [...historyWith().posts, { text: 'nobody knows' }];
  expect(isClean(judge(historyWith({ posts })))).toBe(true);
});

test('a meow without an answer may be there, once, and is then everywhere', () => {
  const posts = [...historyWith().posts, { text: 'text of d' }];
  const listed = [meow('d'), ...all];
  expect(broken(judge(historyWith({ posts, listed, indexed: listed, pages: [] })))).toEqual([]);
  expect(broken(judge(historyWith({ posts, listed, pages: [] })))).toEqual([['lost', 1]]);
});

test('a meow that is listed twice is doubled, answered or not', () => {
  const listed = [{ id: 'd', body: 'text of c' }, ...all];
  expect(broken(judge(historyWith({ listed, indexed: listed, pages: [] })))).toEqual([['doubled', 1]]);
  const posts = historyWith().posts.map(({ text }) => ({ text }));
  expect(broken(judge(historyWith({ posts, listed, indexed: listed, pages: [] })))).toEqual([['doubled', 1]]);
});

test('a meow under another id than the answered one is altered', () => {
  const posts = [{ text: 'text of c', id: 'x' }, ...historyWith().posts.slice(0, 2)];
  expect(broken(judge(historyWith({ posts })))).toEqual([['altered', 1]]);
});

test('a listed meow that nobody posted is altered', () => {
  expect(broken(judge(historyWith({ posts: historyWith().posts.slice(1) })))).toEqual([['altered', 1]]);
});

test('texts are compared as they are stored: escaped', () => {
  const one = [{ id: 'a', body: '&lt;b&gt;' }];
  const posts = [{ text: '<b>', id: 'a' }];
  expect(broken(judge({ posts, listed: one, indexed: one, searches: [], pages: [] }))).toEqual([]);
});

test('a list that is not newest first is disordered', () => {
  const listed = [...all].reverse();
  expect(broken(judge(historyWith({ listed })))).toEqual([['disordered', 1]]);
});

test('a meow that is not indexed is lost, one that is indexed twice doubled, one that is not listed altered', () => {
  expect(broken(judge(historyWith({ indexed: all.slice(1) })))).toEqual([['lost', 1]]);
  expect(broken(judge(historyWith({ indexed: [meow('a'), ...all] })))).toEqual([['doubled', 1]]);
  expect(broken(judge(historyWith({ indexed: [meow('x'), ...all] })))).toEqual([['altered', 1]]);
});

test('a meow that search does not find is lost, one that it finds under two ids doubled', () => {
  expect(broken(judge(historyWith({ searches: [{ id: 'a', found: [] }] })))).toEqual([['lost', 1]]);
  expect(broken(judge(historyWith({ searches: [{ id: 'a', found: ['a', 'b'] }] })))).toEqual([
    ['doubled', 1],
  ]);
});

test('a page that missed a frame has lost a meow', () => {
  expect(broken(judge(historyWith(pageWith(frame(1, 'a'), frame(3, 'c')))))).toEqual([['lost', 1]]);
});

test('a frame that comes again after resuming is doubled', () => {
  const events = [
    frame(1, 'a'),
    frame(2, 'b'),
    { kind: 'connected', cursor: 1 } as const,
    frame(2, 'b'),
    frame(3, 'c'),
  ];
  expect(broken(judge(historyWith(pageWith(...events))))).toEqual([['doubled', 1]]);
});

test('a meow that comes again under a later position is doubled', () => {
  const events = [frame(1, 'a'), frame(2, 'b'), frame(3, 'c'), frame(4, 'a')];
  expect(broken(judge(historyWith(pageWith(...events))))).toEqual([['doubled', 1]]);
});

test('frames out of order are disordered', () => {
  const events = [frame(1, 'a'), frame(3, 'c'), frame(2, 'b')];
  expect(broken(judge(historyWith(pageWith(...events))))).toEqual([['disordered', 1]]);
});

test('a position that means different meows to two pages is disordered', () => {
  const list: PageEvent = { kind: 'list', ids: ['a', 'b', 'c'] };
  const pages = [
    { name: 'page 1', events: [list, frame(1, 'a')] },
    { name: 'page 2', events: [list, frame(1, 'b')] },
  ];
  expect(broken(judge(historyWith({ pages })))).toEqual([['disordered', 1]]);
});

test('what a refetch brings counts as received, and frames may repeat what came before it', () => {
  const events: PageEvent[] = [
    frame(1, 'a'),
    { kind: 'refetch' },
    { kind: 'list', ids: ['c', 'b'] },
    frame(12, 'a'),
    frame(13, 'c'),
  ];
  expect(broken(judge(historyWith(pageWith(...events))))).toEqual([]);
});

test('a page that was told to fetch the list and never did is stuck', () => {
  const events: PageEvent[] = [frame(1, 'a'), frame(2, 'b'), frame(3, 'c'), { kind: 'refetch' }];
  expect(broken(judge(historyWith(pageWith(...events))))).toEqual([['stuck', 1]]);
});

test('a frame of a meow that is not listed is altered', () => {
  const events = [frame(1, 'a'), frame(2, 'b'), frame(3, 'c'), frame(4, 'x')];
  expect(broken(judge(historyWith(pageWith(...events))))).toEqual([['altered', 1]]);
});
