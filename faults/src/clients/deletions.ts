import { createOperatorClient } from '@meower/client/operator-client.ts';
import { problemOf } from '@meower/client/problem.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import type { Sighting } from '../checker/history.ts';
import type { Random } from '../seeded-random.ts';
import { listNewestMeows, meowExists } from '../system/query-client.ts';
import type { AnsweredPost } from './load.ts';

export interface DeletionsOptions {
  /** The ports for operators of meow-service's replicas, and their token. */
  adminUrls: readonly string[];
  adminToken: string;
  queryUrls: readonly string[];
  random: Random;
}

/**
 * Deletes a share of the answered posts, as an operator does, and looks for deleted meows while the system
 * runs.
 */
export interface Deletions {
  /** May delete the post, now or later. */
  consider(post: AnsweredPost): void;
  /** Posts whose deletion was answered. */
  readonly answered: readonly AnsweredPost[];
  readonly sightings: readonly Sighting[];
  /** Answered requests that looked for deleted meows. */
  readonly looks: number;
  /** Begins no more deletions; resolves when each one is answered or given up. */
  stop(): Promise<void>;
}

const DELETED_SHARE = 0.04;
/** Zero, so that the deletion overtakes its meow wherever it can; later, so that the meow is everywhere. */
const DELAYS_MS = [0, 0, 200, 2000, 10_000, 30_000];
const RETRY_DELAY_MS = 300;
const LOOK_EVERY_MS = 200;
/** Every so many looks are at the list instead of at one meow. */
const LIST_EVERY = 5;

export function startDeletions(options: DeletionsOptions): Deletions {
  const { adminUrls, adminToken, queryUrls, random } = options;
  const answered: AnsweredPost[] = [];
  const sightings: Sighting[] = [];
  const inFlight = new Set<Promise<void>>();
  const stopping = new AbortController();
  let looks = 0;

  const deleteAfter = async (post: AnsweredPost, delayMs: number) => {
    await sleep(delayMs, stopping.signal);
    while (!stopping.signal.aborted) {
      post.deletion = 'requested';
      if (await deleteMeow(random.oneOf(adminUrls), adminToken, post.id)) {
        post.deletion = 'answered';
        answered.push(post);
        return;
      }
      await sleep(RETRY_DELAY_MS, stopping.signal);
    }
  };

  /**
   * Records the deleted meows that an answer contains. Requests that fail prove nothing.
   */
  const look = async (count: number) => {
    const deleted = answered.length;
    if (deleted === 0) return;
    const url = random.oneOf(queryUrls);
    if (count % LIST_EVERY === 0) {
      const listed = new Set((await listNewestMeows(url)).map(({ id }) => id));
      for (const { id } of answered.slice(0, deleted))
        if (listed.has(id)) sightings.push({ id, place: `${url}/meows` });
    } else {
      const { id } = answered[random.between(0, deleted - 1)] as AnsweredPost;
      if (await meowExists(url, id)) sightings.push({ id, place: `${url}/meows/${id}` });
    }
    looks++;
  };
  const watch = async () => {
    for (let count = 1; !stopping.signal.aborted; count++) {
      await sleep(LOOK_EVERY_MS, stopping.signal);
      await look(count).catch(() => undefined);
    }
  };
  const watching = watch();

  return {
    answered,
    sightings,
    get looks() {
      return looks;
    },
    consider(post) {
      if (random.fraction() >= DELETED_SHARE) return;
      const deleting = deleteAfter(post, random.oneOf(DELAYS_MS)).finally(() => inFlight.delete(deleting));
      inFlight.add(deleting);
    },
    async stop() {
      stopping.abort();
      await Promise.all([watching, ...inFlight]);
    },
  };
}

/** Whether it was answered that the meow is deleted. */
async function deleteMeow(url: string, token: string, id: string): Promise<boolean> {
  try {
    await createOperatorClient(url, token).deleteMeow(id);
    return true;
  } catch (error) {
    problemOf(error);
    return false;
  }
}
