import { expect, test } from 'vitest';
import { check } from './checker.ts';
import type { History, PageEvent, StoredMeow } from './history.ts';
import { isClean, type Verdict } from './verdict.ts';

const meow = (id: string): StoredMeow => ({ id, body: `text of ${id}` });
const frame = (seq: number, id: string): PageEvent => ({ kind: 'meow', seq, id });
const all = ['c', 'b', 'a'].map(meow);

/** Three posts without a fault, received by two pages, except for `changes`. */
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
const violationsOf = ({ violations }: Verdict) => Object.entries(violations).filter(([, count]) => count > 0);

test('a history without faults is clean, and every part of it was checked', () => {
  const verdict = check(historyWith());
  expect(verdict.examples).toEqual([]);
  expect(isClean(verdict)).toBe(true);
  expect(verdict.checked).toEqual({ list: 3, index: 3, search: 1, pages: 6 });
});

test('an answered meow that is not listed is lost', () => {
  const listed = all.slice(1);
  const verdict = check(historyWith({ listed, indexed: listed, pages: [] }));
  expect(violationsOf(verdict)).toEqual([['lost', 1]]);
  expect(verdict.examples[0]).toContain('text of c');
});

test('a meow without an answer may be missing', () => {
  const posts = [...historyWith().posts, { text: 'text of d' }];
  expect(isClean(check(historyWith({ posts })))).toBe(true);
});

test('a meow without an answer may be stored once, and must then be indexed too', () => {
  const posts = [...historyWith().posts, { text: 'text of d' }];
  const listed = [meow('d'), ...all];
  expect(violationsOf(check(historyWith({ posts, listed, indexed: listed, pages: [] })))).toEqual([]);
  expect(violationsOf(check(historyWith({ posts, listed, pages: [] })))).toEqual([['lost', 1]]);
});

test('a meow that is listed twice is duplicated, answered or not', () => {
  const listed = [{ id: 'd', body: 'text of c' }, ...all];
  expect(violationsOf(check(historyWith({ listed, indexed: listed, pages: [] })))).toEqual([
    ['duplicated', 1],
  ]);
  const posts = historyWith().posts.map(({ text }) => ({ text }));
  expect(violationsOf(check(historyWith({ posts, listed, indexed: listed, pages: [] })))).toEqual([
    ['duplicated', 1],
  ]);
});

test('a meow that is listed under another id than the answered one is altered', () => {
  const posts = [{ text: 'text of c', id: 'x' }, ...historyWith().posts.slice(0, 2)];
  expect(violationsOf(check(historyWith({ posts })))).toEqual([['altered', 1]]);
});

test('a listed meow that was not posted is altered', () => {
  expect(violationsOf(check(historyWith({ posts: historyWith().posts.slice(1) })))).toEqual([['altered', 1]]);
});

test('texts are compared in their escaped form', () => {
  const one = [{ id: 'a', body: '&lt;b&gt;' }];
  const posts = [{ text: '<b>', id: 'a' }];
  expect(violationsOf(check({ posts, listed: one, indexed: one, searches: [], pages: [] }))).toEqual([]);
});

test('a list that is not newest first is reordered', () => {
  const listed = [...all].reverse();
  expect(violationsOf(check(historyWith({ listed })))).toEqual([['reordered', 1]]);
});

test('a meow that is not indexed is lost, indexed twice duplicated, indexed but not listed altered', () => {
  expect(violationsOf(check(historyWith({ indexed: all.slice(1) })))).toEqual([['lost', 1]]);
  expect(violationsOf(check(historyWith({ indexed: [meow('a'), ...all] })))).toEqual([['duplicated', 1]]);
  expect(violationsOf(check(historyWith({ indexed: [meow('x'), ...all] })))).toEqual([['altered', 1]]);
});

test('a meow that search does not find is lost, found under two ids duplicated', () => {
  expect(violationsOf(check(historyWith({ searches: [{ id: 'a', found: [] }] })))).toEqual([['lost', 1]]);
  expect(violationsOf(check(historyWith({ searches: [{ id: 'a', found: ['a', 'b'] }] })))).toEqual([
    ['duplicated', 1],
  ]);
});

test('a page that missed a frame has lost a meow', () => {
  expect(violationsOf(check(historyWith(pageWith(frame(1, 'a'), frame(3, 'c')))))).toEqual([['lost', 1]]);
});

test('a frame that is repeated after resuming is duplicated', () => {
  const events = [
    frame(1, 'a'),
    frame(2, 'b'),
    { kind: 'connected', cursor: 1 } as const,
    frame(2, 'b'),
    frame(3, 'c'),
  ];
  expect(violationsOf(check(historyWith(pageWith(...events))))).toEqual([['duplicated', 1]]);
});

test('a meow that is repeated at a later position is duplicated', () => {
  const events = [frame(1, 'a'), frame(2, 'b'), frame(3, 'c'), frame(4, 'a')];
  expect(violationsOf(check(historyWith(pageWith(...events))))).toEqual([['duplicated', 1]]);
});

test('frames in the wrong order are reordered', () => {
  const events = [frame(1, 'a'), frame(3, 'c'), frame(2, 'b')];
  expect(violationsOf(check(historyWith(pageWith(...events))))).toEqual([['reordered', 1]]);
});

test('a position that denotes different meows on two pages is reordered', () => {
  const list: PageEvent = { kind: 'list', ids: ['a', 'b', 'c'] };
  const pages = [
    { name: 'page 1', events: [list, frame(1, 'a')] },
    { name: 'page 2', events: [list, frame(1, 'b')] },
  ];
  expect(violationsOf(check(historyWith({ pages })))).toEqual([['reordered', 1]]);
});

test('meows of a list count as received, and frames after a refetch may repeat earlier ones', () => {
  const events: PageEvent[] = [
    frame(1, 'a'),
    { kind: 'refetch' },
    { kind: 'list', ids: ['c', 'b'] },
    frame(12, 'a'),
    frame(13, 'c'),
  ];
  expect(violationsOf(check(historyWith(pageWith(...events))))).toEqual([]);
});

test('a page that did not fetch the list after a refetch is stuck', () => {
  const events: PageEvent[] = [frame(1, 'a'), frame(2, 'b'), frame(3, 'c'), { kind: 'refetch' }];
  expect(violationsOf(check(historyWith(pageWith(...events))))).toEqual([['stuck', 1]]);
});

test('a frame of a meow that is not listed is altered', () => {
  const events = [frame(1, 'a'), frame(2, 'b'), frame(3, 'c'), frame(4, 'x')];
  expect(violationsOf(check(historyWith(pageWith(...events))))).toEqual([['altered', 1]]);
});
