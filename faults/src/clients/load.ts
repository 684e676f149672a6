import { setTimeout as sleep } from 'node:timers/promises';
import type { Post } from '../checker/history.ts';
import type { Random } from '../seeded-random.ts';
import { nextText } from './meow-texts.ts';

export interface LoadOptions {
  /** Of the replicas that take posts. */
  urls: readonly string[];
  postsPerSecond: number;
  random: Random;
}

/** Posts texts, each unlike all others, at a steady rate. */
export interface Load {
  readonly posts: readonly Post[];
  /** Posts one more, again and again under the same key until it is answered; rejects after `timeoutMs`. */
  postForSure(timeoutMs: number): Promise<Required<Post>>;
  /** Posts nothing new; resolves when all have been answered or given up. */
  stop(): Promise<void>;
}

const TICK_MS = 20;
const MOST_UNDER_WAY = 500;
const ANSWER_TIMEOUT_MS = 10_000;
/** Half of the posts are tried again, under a key, as the front end does; for the others no answer is the end of it. */
const KEYED = 0.5;
const MOST_ATTEMPTS = 20;
const BETWEEN_ATTEMPTS_MS = 500;

export function startLoad({ urls, postsPerSecond, random }: LoadOptions): Load {
  const posts: Post[] = [];
  const underWay = new Set<Promise<void>>();
  let stopped = false;

  const newPost = (): Post => {
    const post: Post = { text: nextText(random) };
    posts.push(post);
    return post;
  };
  const attempt = async (post: Post, key?: string) => {
    post.id = await answeredId(`${random.oneOf(urls)}/meows`, post.text, random.fraction() < 0.5, key);
    return post.id !== undefined;
  };
  const send = async () => {
    const post = newPost();
    if (random.fraction() >= KEYED) {
      await attempt(post);
      return;
    }
    const key = `faults ${posts.length}`;
    for (let i = 0; i < MOST_ATTEMPTS && !(await attempt(post, key)); i++) await sleep(BETWEEN_ATTEMPTS_MS);
  };

  const run = async () => {
    const startedAt = performance.now();
    let due = 0;
    while (!stopped) {
      await sleep(TICK_MS);
      const wanted = Math.floor(((performance.now() - startedAt) / 1000) * postsPerSecond);
      for (; due < wanted; due++) {
        if (underWay.size >= MOST_UNDER_WAY) continue;
        const sending = send().finally(() => underWay.delete(sending));
        underWay.add(sending);
      }
    }
    await Promise.all(underWay);
  };
  const running = run();

  return {
    posts,
    async postForSure(timeoutMs) {
      const post = newPost();
      const key = `for sure ${posts.length}`;
      const deadline = performance.now() + timeoutMs;
      while (!(await attempt(post, key))) {
        if (performance.now() > deadline) throw new Error(`no post was answered within ${timeoutMs} ms`);
        await sleep(100);
      }
      return post as Required<Post>;
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** `undefined` when there was no answer, or one that promises nothing. */
async function answeredId(
  url: string,
  body: string,
  json: boolean,
  key?: string,
): Promise<string | undefined> {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  if (json) headers['content-type'] = 'application/json';
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers,
      body: json ? JSON.stringify({ body }) : new URLSearchParams({ body }),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    const text = await answer.text();
    return answer.status === 200 ? (JSON.parse(text) as { id: string }).id : undefined;
  } catch {
    return undefined;
  }
}
