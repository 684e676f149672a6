import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import type { AnsweredPost, Load } from '../clients/load.ts';
import { uniqueWordOf } from '../clients/meow-texts.ts';
import type { Page } from '../clients/page.ts';
import type { AdminClient } from './admin-client.ts';
import { meowExists, searchMeows, whyNotReady } from './query-client.ts';
import type { System } from './system.ts';

const ARRIVAL_TIMEOUT_MS = 90_000;
const READY_TIMEOUT_MS = 120_000;
const DRAIN_TIMEOUT_MS = 120_000;

/**
 * Posts a meow; resolves to its id when every query replica lists and finds it, and finds none of the
 * `deleted` ones, and every connected page has received it. Rejects with what is still missing.
 */
export async function waitForRecovery(
  { urls }: System,
  load: Load,
  pages: readonly Page[],
  deleted: readonly AnsweredPost[],
  timeoutMs: number,
): Promise<string> {
  const { id, text } = await load.postUntilAnswered(timeoutMs);
  const isFound = async (url: string, post: AnsweredPost) =>
    (await searchMeows(url, uniqueWordOf(post.text))).some((meow) => meow.id === post.id);
  const findMissing = async () => {
    for (const url of urls.query) {
      if (!(await meowExists(url, id))) return `${url} does not list ${id}`;
      if (!(await isFound(url, { id, text }))) return `${url} does not find ${id}`;
      for (const post of deleted)
        if (await isFound(url, post)) return `${url} finds ${post.id}, which is deleted`;
    }
    const without = pages
      .filter((page) => !page.isDisconnected() && !page.has(id))
      .map(({ history }) => history.name);
    return without.length === 0 ? undefined : `${id} has not reached ${without.join(', ')}`;
  };
  await waitUntil(findMissing, { timeoutMs });
  return id;
}

/** Resolves when every replica reports that it is ready. */
export async function waitUntilReady({ urls }: System): Promise<void> {
  for (const url of Object.values(urls).flat())
    await waitUntil(() => whyNotReady(url), { timeoutMs: READY_TIMEOUT_MS });
}

/**
 * Waits until all events are published, handled and received. Returns what was still in flight after the
 * timeouts.
 */
export async function drain(
  system: System,
  admin: AdminClient,
  load: Load,
  pages: readonly Page[],
): Promise<string[]> {
  const waitForNone = (count: () => Promise<number>, what: string) =>
    waitUntil(
      async () => {
        const left = await count();
        return left === 0 ? undefined : `${left} ${what}`;
      },
      { timeoutMs: DRAIN_TIMEOUT_MS },
    );
  const steps: (() => Promise<void>)[] = [
    () => waitUntilReady(system),
    () => waitForNone(admin.countPending, 'events are pending in the outbox'),
    // A page receives frames in order, so once it has this meow it has all that the check needs.
    async () => void (await waitForRecovery(system, load, pages, [], ARRIVAL_TIMEOUT_MS)),
    () => waitForNone(admin.countUnhandled, 'events are not handled'),
    () => waitForNone(admin.countPending, 'events are pending in the outbox'),
  ];
  const unfinished: string[] = [];
  for (const step of steps) await step().catch((error: unknown) => unfinished.push(String(error)));
  return unfinished;
}
