import { escapeHtml } from '@meower/shared/schema/meow-body.ts';
import type { Found, History, Post, Search } from './history.ts';
import { judgePages } from './page-checker.ts';
import { createVerdict, type Verdict, type Verdicts } from './verdict.ts';

/**
 * Every answered POST is listed, indexed and found exactly once, under the id and with the text that were answered; every page has received every
 * listed meow, once and in the order of the stream; a POST without an answer is there once or not at all, and if it is, everywhere.
 */
export function judge(history: History): Verdict {
  const verdicts = createVerdict();
  judgeList(history.posts, history.listed, verdicts);
  judgeIndex(history.listed, history.indexed, verdicts);
  judgeSearches(history.searches, verdicts);
  judgePages(history.pages, history.listed, verdicts);
  return verdicts.verdict;
}

function judgeList(posts: readonly Post[], listed: readonly Found[], { checked, violated }: Verdicts): void {
  const byBody = grouped(listed, ({ body }) => body);
  for (const { text, id } of posts) {
    const found = byBody.get(escapeHtml(text)) ?? [];
    byBody.delete(escapeHtml(text));
    checked('list');
    if (found.length > 1)
      violated('doubled', 'list', `${text} is there ${found.length} times: ${found.map((it) => it.id)}`);
    if (id === undefined) continue;
    if (found.length === 0) violated('lost', 'list', `${text}, answered with ${id}`);
    else if (!found.some((it) => it.id === id))
      violated('altered', 'list', `${text} was answered with ${id}, and is ${found.map((it) => it.id)}`);
  }
  for (const [body, found] of byBody)
    violated('altered', 'list', `nobody posted ${body} (${found.map(({ id }) => id)})`);
  const newestFirst = listed.every(({ id }, i) => i === 0 || id < (listed[i - 1] as Found).id);
  if (!newestFirst) violated('disordered', 'list', 'the list is not newest first');
}

/** What is listed counts, answered or not: a meow and the duty to publish it are stored together. */
function judgeIndex(
  listed: readonly Found[],
  indexed: readonly Found[],
  { checked, violated }: Verdicts,
): void {
  const byId = grouped(indexed, ({ id }) => id);
  for (const { id, body } of listed) {
    const found = byId.get(id) ?? [];
    byId.delete(id);
    checked('index');
    if (found.length === 0) violated('lost', 'index', id);
    if (found.length > 1) violated('doubled', 'index', `${id} is there ${found.length} times`);
    if (found.some((it) => it.body !== body)) violated('altered', 'index', `${id} has another text`);
  }
  for (const id of byId.keys()) violated('altered', 'index', `${id} is not in the list`);
}

function judgeSearches(searches: readonly Search[], { checked, violated }: Verdicts): void {
  for (const { id, found } of searches) {
    checked('search');
    if (!found.includes(id)) violated('lost', 'search', id);
    if (found.length > 1) violated('doubled', 'search', `${id} is found as ${found}`);
  }
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
