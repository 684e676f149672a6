import { waitUntil } from '@meower/shared/testing/wait-until.ts';
import type { Load } from '../clients/load.ts';
import { wordOf } from '../clients/meow-texts.ts';
import type { Page } from '../clients/page.ts';
import type { Administration } from './admin-client.ts';
import { exists, notReady, search } from './query-client.ts';
import type { System } from './system.ts';

const ARRIVE_TIMEOUT_MS = 90_000;
const READY_TIMEOUT_MS = 120_000;
const DRAIN_TIMEOUT_MS = 120_000;

/** Resolves when a meow posted now is answered, listed and found by every replica, and on every page that is not away; rejects with what is still missing. */
export async function awaitRecovery(
  { urls }: System,
  load: Load,
  pages: readonly Page[],
  timeoutMs: number,
): Promise<void> {
  const { id, text } = await load.postForSure(timeoutMs);
  const everywhere = async () => {
    for (const url of urls.query) {
      if (!(await exists(url, id))) return `${url} does not know ${id}`;
      const found = await search(url, wordOf(text));
      if (!found.some((meow) => meow.id === id)) return `${url} does not find ${id}`;
    }
    const without = pages
      .filter((page) => !page.isAway() && !page.has(id))
      .map(({ history }) => history.name);
    return without.length === 0 ? undefined : `${id} has not reached ${without.join(', ')}`;
  };
  await waitUntil(everywhere, { timeoutMs });
}

/** Resolves when every replica says that it is ready. */
export async function awaitReady({ urls }: System): Promise<void> {
  for (const url of Object.values(urls).flat())
    await waitUntil(() => notReady(url), { timeoutMs: READY_TIMEOUT_MS });
}

/** Waits until nothing is under way any more; tells what still was when the patience was over. */
export async function awaitRest(
  system: System,
  administration: Administration,
  load: Load,
  pages: readonly Page[],
): Promise<string[]> {
  const left = (count: number, what: string) => (count === 0 ? undefined : `${count} ${what}`);
  const steps: (() => Promise<void>)[] = [
    () => awaitReady(system),
    () =>
      waitUntil(async () => left(await administration.owed(), 'events wait in the outbox'), {
        timeoutMs: DRAIN_TIMEOUT_MS,
      }),
    // A page gets frames in their order, so what comes after this meow's is nothing that the check needs.
    () => awaitRecovery(system, load, pages, ARRIVE_TIMEOUT_MS),
    () =>
      waitUntil(async () => left(await administration.unindexed(), 'events are not indexed'), {
        timeoutMs: DRAIN_TIMEOUT_MS,
      }),
    () =>
      waitUntil(async () => left(await administration.owed(), 'events wait in the outbox'), {
        timeoutMs: DRAIN_TIMEOUT_MS,
      }),
  ];
  const stuck: string[] = [];
  for (const step of steps) await step().catch((error: unknown) => stuck.push(String(error)));
  return stuck;
}
