import { sleep } from '@meower/shared/async/sleep.ts';
import type { Post } from '../checker/history.ts';
import type { Random } from '../seeded-random.ts';
import { nextText } from './meow-texts.ts';

export interface LoadOptions {
  /** The replicas of meow-service. */
  urls: readonly string[];
  postsPerSecond: number;
  random: Random;
  /** Called for each answered post, except those of `postUntilAnswered`. */
  onAnswered(post: AnsweredPost): void;
}

export type AnsweredPost = Post & { id: string };

/** Posts unique texts at a steady rate. */
export interface Load {
  readonly posts: readonly Post[];
  /** Posts one more text, repeatedly under the same key, until it is answered. Rejects after `timeoutMs`. */
  postUntilAnswered(timeoutMs: number): Promise<AnsweredPost>;
  /** Stops posting new texts; resolves when each one is answered or given up. */
  stop(): Promise<void>;
}

const TICK_MS = 20;
const MAX_IN_FLIGHT = 500;
const RESPONSE_TIMEOUT_MS = 10_000;
/**
 * The share of posts with a key. They are repeated, as the front end does; a post without a key is sent once.
 */
const KEYED_SHARE = 0.5;
const MAX_ATTEMPTS = 20;
const RETRY_DELAY_MS = 500;

export function startLoad({ urls, postsPerSecond, random, onAnswered }: LoadOptions): Load {
  const posts: Post[] = [];
  const inFlight = new Set<Promise<void>>();
  let stopped = false;

  const newPost = (): Post => {
    const post: Post = { text: nextText(random) };
    posts.push(post);
    return post;
  };
  const attempt = async (post: Post, key?: string): Promise<AnsweredPost | undefined> => {
    const id = await postMeow(`${random.oneOf(urls)}/meows`, post.text, random.fraction() < 0.5, key);
    return id === undefined ? undefined : Object.assign(post, { id });
  };
  const send = async () => {
    const post = newPost();
    const keyed = random.fraction() < KEYED_SHARE;
    const key = keyed ? `faults ${posts.length}` : undefined;
    for (let attempts = keyed ? MAX_ATTEMPTS : 1; attempts > 0; attempts--) {
      const answered = await attempt(post, key);
      if (answered) return onAnswered(answered);
      if (attempts > 1) await sleep(RETRY_DELAY_MS);
    }
  };

  const run = async () => {
    const startedAt = performance.now();
    let due = 0;
    while (!stopped) {
      await sleep(TICK_MS);
      const wanted = Math.floor(((performance.now() - startedAt) / 1000) * postsPerSecond);
      for (; due < wanted; due++) {
        if (inFlight.size >= MAX_IN_FLIGHT) continue;
        const sending = send().finally(() => inFlight.delete(sending));
        inFlight.add(sending);
      }
    }
    await Promise.all(inFlight);
  };
  const running = run();

  return {
    posts,
    async postUntilAnswered(timeoutMs) {
      const post = newPost();
      const key = `until answered ${posts.length}`;
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const answered = await attempt(post, key);
        if (answered) return answered;
        if (performance.now() > deadline) throw new Error(`no post was answered within ${timeoutMs} ms`);
        await sleep(100);
      }
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** The id; `undefined` if there is no answer, or an answer that promises nothing. */
async function postMeow(url: string, body: string, json: boolean, key?: string): Promise<string | undefined> {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  if (json) headers['content-type'] = 'application/json';
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: json ? JSON.stringify({ body }) : new URLSearchParams({ body }),
      signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS),
    });
    const text = await response.text();
    return response.status === 200 ? (JSON.parse(text) as { id: string }).id : undefined;
  } catch {
    return undefined;
  }
}
