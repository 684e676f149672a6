import { expect, test } from 'vitest';
import { check } from './checker.ts';
import type { History, PageEvent, Post, StoredMeow } from './history.ts';
import { isClean, type Verdict } from './verdict.ts';

const meow = (id: string): StoredMeow => ({ id, body: `text of ${id}` });
const frame = (seq: number, id: string): PageEvent => ({ kind: 'meow', seq, id });
const list = (...ids: string[]): PageEvent => ({ kind: 'list', ids, downTo: '' });
const deletion = (seq: number, id: string): PageEvent => ({ kind: 'deleted', seq, id });
const all = ['c', 'b', 'a'].map(meow);

/** Three posts without a fault, received by two pages, except for `changes`. */
function historyWith(changes: Partial<History> = {}): History {
  return {
    posts: ['a', 'b', 'c'].map((id) => ({ text: `text of ${id}`, id })),
    listed: all,
    indexed: all,
    searches: [{ id: 'a', found: ['a'] }],
    replays: [],
    streamed: [],
    sightings: [],
    pages: [
      {
        name: 'page 1',
        events: [
          { kind: 'connected' },
          list('a'),
          frame(1, 'a'),
          frame(2, 'b'),
          { kind: 'connected', cursor: 2 },
          frame(3, 'c'),
        ],
      },
      { name: 'page 2', events: [{ kind: 'connected' }, list('c', 'b', 'a')] },
    ],
    ...changes,
  };
}
const pageWith = (...events: PageEvent[]): Partial<History> => ({
  pages: [{ name: 'page', events: [{ kind: 'connected' }, list(), ...events] }],
});
const violationsOf = ({ violations }: Verdict) => Object.entries(violations).filter(([, count]) => count > 0);

test('a history without faults is clean, and all of it was checked', () => {
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
  expect(violationsOf(check(historyWith({ posts, listed: one, indexed: one, pages: [] })))).toEqual([]);
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
  const complete = list('a', 'b', 'c');
  const pages = [
    { name: 'page 1', events: [complete, frame(1, 'a')] },
    { name: 'page 2', events: [complete, frame(1, 'b')] },
  ];
  expect(violationsOf(check(historyWith({ pages })))).toEqual([['reordered', 1]]);
});

test('meows of a list count as received, and frames after a refetch may repeat earlier ones', () => {
  const events: PageEvent[] = [
    frame(1, 'a'),
    { kind: 'refetch' },
    list('c', 'b'),
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

/** The same, and `b` was deleted: its deletion was answered, or only requested. */
function historyWithDeletion(
  changes: Partial<History> = {},
  deletionOfB: Post['deletion'] = 'answered',
): History {
  const { posts } = historyWith();
  const left = all.filter(({ id }) => id !== 'b');
  return historyWith({
    posts: posts.map((post) => (post.id === 'b' ? { ...post, deletion: deletionOfB } : post)),
    listed: left,
    indexed: left,
    searches: [
      { id: 'a', found: ['a'] },
      { id: 'b', found: [] },
    ],
    ...pageWith(frame(1, 'a'), frame(2, 'b'), frame(3, 'c'), deletion(4, 'b')),
    replays: [{ name: 'replay', events: [frame(1, 'a'), frame(3, 'c'), deletion(4, 'b')] }],
    streamed: ['a', 'c'],
    ...changes,
  });
}

test('a history in which a deleted meow is nowhere is clean', () => {
  const verdict = check(historyWithDeletion());
  expect(verdict.examples).toEqual([]);
  expect(verdict.checked).toEqual({ list: 3, index: 2, search: 2, pages: 2, replays: 2, stream: 2 });
});

test('a deleted meow that is listed, indexed, found, in the stream, replayed or answered is resurrected', () => {
  const resurrected = [['resurrected', 1]];
  expect(
    violationsOf(check(historyWithDeletion({ listed: all, indexed: all, pages: [], searches: [] }))),
  ).toEqual(resurrected);
  expect(violationsOf(check(historyWithDeletion({ indexed: all })))).toEqual(resurrected);
  expect(violationsOf(check(historyWithDeletion({ searches: [{ id: 'b', found: ['b'] }] })))).toEqual(
    resurrected,
  );
  expect(violationsOf(check(historyWithDeletion({ streamed: ['a', 'b'] })))).toEqual(resurrected);
  const replays = [{ name: 'replay', events: [frame(2, 'b')] }];
  expect(violationsOf(check(historyWithDeletion({ replays })))).toEqual(resurrected);
  const sightings = [{ id: 'b', place: '/meows/b' }];
  expect(violationsOf(check(historyWithDeletion({ sightings })))).toEqual(resurrected);
});

test('a deletion without an answer may have been carried out, everywhere or nowhere', () => {
  expect(violationsOf(check(historyWithDeletion({}, 'requested')))).toEqual([]);
  expect(violationsOf(check(historyWithDeletion({ indexed: all }, 'requested')))).toEqual([
    ['resurrected', 1],
  ]);
  const untouched = { listed: all, indexed: all, searches: [], pages: [], replays: [] };
  expect(violationsOf(check(historyWithDeletion(untouched, 'requested')))).toEqual([]);
  expect(
    violationsOf(check(historyWithDeletion({ ...untouched, indexed: all.slice(1) }, 'requested'))),
  ).toEqual([['lost', 1]]);
});

test('a page that still shows a deleted meow, or shows it again, has resurrected it', () => {
  const ends = (...events: PageEvent[]) => violationsOf(check(historyWithDeletion(pageWith(...events))));
  const received = [frame(1, 'a'), frame(2, 'b'), frame(3, 'c')];
  expect(ends(...received)).toEqual([['resurrected', 1]]);
  expect(ends(...received, deletion(4, 'b'), { kind: 'refetch' }, list('c', 'a'), frame(9, 'b'))).toEqual([
    ['resurrected', 2],
  ]);
  expect(ends(...received, deletion(4, 'b'), { kind: 'fetching' }, list('c', 'b', 'a'))).toEqual([
    ['resurrected', 1],
  ]);
});

test('a page drops a deleted meow with the list that it fetches, not with one that began before', () => {
  const ends = (...events: PageEvent[]) => violationsOf(check(historyWithDeletion(pageWith(...events))));
  const received = [frame(1, 'a'), frame(2, 'b'), frame(3, 'c')];
  expect(ends(...received, { kind: 'refetch' }, { kind: 'fetching' }, list('c', 'a'))).toEqual([]);
  expect(ends({ kind: 'fetching' }, ...received, deletion(4, 'b'), list('c', 'b', 'a'))).toEqual([]);
  const partial: PageEvent = { kind: 'list', ids: ['c'], downTo: 'c' };
  expect(ends(...received, { kind: 'refetch' }, { kind: 'fetching' }, partial)).toEqual([['resurrected', 1]]);
});

test('a page on which another meow is deleted has lost it', () => {
  const events = [frame(1, 'a'), frame(2, 'b'), frame(3, 'c'), deletion(4, 'b'), deletion(5, 'a')];
  expect(violationsOf(check(historyWithDeletion(pageWith(...events))))).toEqual([['lost', 1]]);
});
