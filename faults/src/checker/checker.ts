import { escapeHtml } from '@meower/shared/meow/meow-body.ts';
import type { History, StoredMeow } from './history.ts';
import { checkPages } from './page-checker.ts';
import { createVerdict, type Verdict, type VerdictBuilder } from './verdict.ts';

/**
 * Every answered post is listed, indexed and found exactly once, with the id that was answered and the text
 * that was posted. Every page has received every listed meow, once and in the order of the stream. A post
 * without an answer is stored once or not at all; if it is stored, the same holds for it. A meow whose
 * deletion was answered is nowhere; one whose deletion was requested is either deleted or not touched.
 */
export function check(history: History): Verdict {
  const builder = createVerdict();
  const deleted = deletedIds(history);
  checkList(history, builder);
  checkIndex(history, deleted, builder);
  checkSearches(history, deleted, builder);
  checkPages(history.pages, history.listed, deleted, builder);
  checkReplays(history, deleted, builder);
  checkStream(history, deleted, builder);
  for (const { id, place } of history.sightings) builder.addViolation('resurrected', place, id);
  return builder.verdict;
}

/** What must be nowhere. A deletion without an answer was carried out if the meow is not listed. */
function deletedIds({ posts, listed }: History): Set<string> {
  const listedIds = new Set(listed.map(({ id }) => id));
  return new Set(
    posts.flatMap(({ id, deletion }) =>
      id !== undefined && (deletion === 'answered' || (deletion === 'requested' && !listedIds.has(id)))
        ? [id]
        : [],
    ),
  );
}

function checkList({ posts, listed }: History, { countCheck, addViolation }: VerdictBuilder): void {
  const byBody = Map.groupBy(listed, ({ body }) => body);
  for (const { text, id, deletion } of posts) {
    const found = byBody.get(escapeHtml(text)) ?? [];
    byBody.delete(escapeHtml(text));
    countCheck('list');
    if (found.length > 1)
      addViolation('duplicated', 'list', `${text} is listed ${found.length} times: ${idsOf(found)}`);
    if (id === undefined) continue;
    if (found.length === 0) {
      if (deletion === undefined) addViolation('lost', 'list', `${text}, answered with ${id}`);
    } else if (deletion === 'answered') addViolation('resurrected', 'list', id);
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
  { listed, indexed }: History,
  deleted: ReadonlySet<string>,
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
  for (const id of byId.keys()) {
    if (deleted.has(id)) addViolation('resurrected', 'index', id);
    else addViolation('altered', 'index', `${id} is not listed`);
  }
}

function checkSearches(
  { searches }: History,
  deleted: ReadonlySet<string>,
  { countCheck, addViolation }: VerdictBuilder,
): void {
  for (const { id, found } of searches) {
    countCheck('search');
    if (deleted.has(id)) {
      if (found.length > 0) addViolation('resurrected', 'search', `${id} is found as ${found}`);
      continue;
    }
    if (!found.includes(id)) addViolation('lost', 'search', id);
    if (found.length > 1) addViolation('duplicated', 'search', `${id} is found as ${found}`);
  }
}

function checkReplays(
  { replays }: History,
  deleted: ReadonlySet<string>,
  { countCheck, addViolation }: VerdictBuilder,
): void {
  for (const { name, events } of replays) {
    for (const event of events) {
      if (event.kind === 'refetch') addViolation('stuck', name, 'its cursor was refused');
      if (event.kind !== 'meow') continue;
      countCheck('replays');
      if (deleted.has(event.id)) addViolation('resurrected', name, event.id);
    }
  }
}

function checkStream(
  { streamed }: History,
  deleted: ReadonlySet<string>,
  { countCheck, addViolation }: VerdictBuilder,
): void {
  for (const id of streamed) {
    countCheck('stream');
    if (deleted.has(id)) addViolation('resurrected', 'stream', id);
  }
}

function idsOf(meows: readonly StoredMeow[]): string {
  return meows.map(({ id }) => id).join(', ');
}
