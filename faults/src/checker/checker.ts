import { escapeHtml } from '@meower/shared/meow/meow-body.ts';
import type { History, Post, Search, StoredMeow } from './history.ts';
import { checkPages } from './page-checker.ts';
import { createVerdict, type Verdict, type VerdictBuilder } from './verdict.ts';

/**
 * Every answered post is listed, indexed and found exactly once, with the id that was answered and the text that was posted.
 * Every page has received every listed meow, once and in the order of the stream. A post without an answer is stored once or
 * not at all; if it is stored, the same holds for it.
 */
export function check(history: History): Verdict {
  const builder = createVerdict();
  checkList(history.posts, history.listed, builder);
  checkIndex(history.listed, history.indexed, builder);
  checkSearches(history.searches, builder);
  checkPages(history.pages, history.listed, builder);
  return builder.verdict;
}

function checkList(
  posts: readonly Post[],
  listed: readonly StoredMeow[],
  { countCheck, addViolation }: VerdictBuilder,
): void {
  const byBody = Map.groupBy(listed, ({ body }) => body);
  for (const { text, id } of posts) {
    const found = byBody.get(escapeHtml(text)) ?? [];
    byBody.delete(escapeHtml(text));
    countCheck('list');
    if (found.length > 1)
      addViolation('duplicated', 'list', `${text} is listed ${found.length} times: ${idsOf(found)}`);
    if (id === undefined) continue;
    if (found.length === 0) addViolation('lost', 'list', `${text}, answered with ${id}`);
    else if (!found.some((meow) => meow.id === id))
      addViolation('altered', 'list', `${text} was answered with ${id}, and is listed as ${idsOf(found)}`);
  }
  for (const [body, found] of byBody)
    addViolation('altered', 'list', `${body} (${idsOf(found)}) was not posted`);
  const newestFirst = listed.every(({ id }, i) => i === 0 || id < (listed[i - 1] as StoredMeow).id);
  if (!newestFirst) addViolation('reordered', 'list', 'the list is not newest first');
}

/** Every listed meow must be indexed, answered or not: a meow and its outbox row are stored together. */
function checkIndex(
  listed: readonly StoredMeow[],
  indexed: readonly StoredMeow[],
  { countCheck, addViolation }: VerdictBuilder,
): void {
  const byId = Map.groupBy(indexed, ({ id }) => id);
  for (const { id, body } of listed) {
    const found = byId.get(id) ?? [];
    byId.delete(id);
    countCheck('index');
    if (found.length === 0) addViolation('lost', 'index', id);
    if (found.length > 1) addViolation('duplicated', 'index', `${id} is indexed ${found.length} times`);
    if (found.some((meow) => meow.body !== body)) addViolation('altered', 'index', `${id} has another text`);
  }
  for (const id of byId.keys()) addViolation('altered', 'index', `${id} is not listed`);
}

function checkSearches(searches: readonly Search[], { countCheck, addViolation }: VerdictBuilder): void {
  for (const { id, found } of searches) {
    countCheck('search');
    if (!found.includes(id)) addViolation('lost', 'search', id);
    if (found.length > 1) addViolation('duplicated', 'search', `${id} is found as ${found}`);
  }
}

function idsOf(meows: readonly StoredMeow[]): string {
  return meows.map(({ id }) => id).join(', ');
}
