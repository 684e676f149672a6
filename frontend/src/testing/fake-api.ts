import type { Report, SearchResult } from '@meower/client/http-client.ts';
import { ApiError, type Problem } from '@meower/client/problem.ts';
import type { MeowApi } from '../api/meows.ts';
import type { Meow } from '../meow/meow.ts';

/** An API in memory. `fail` makes each request fail, `hold` keeps posts unanswered until `release`. */
export class FakeApi implements MeowApi {
  meows: Meow[] = [];
  posts: { text: string; key: string }[] = [];
  listed: { take: number; before?: string }[] = [];
  reports: (Report & { id: string })[] = [];
  /** Whether this Meower accepts reports. */
  acceptsReports = true;
  searches: {
    query: string;
    skip: number;
    answer: (result: SearchResult<Meow>) => void;
    fail: (problem: Problem) => void;
  }[] = [];
  fail: Problem | undefined;
  /** Of the failures. */
  retryAfterMs = 0;
  busyUntil = 0;
  /** Posts need a proof of work. */
  isProving = false;
  held: (() => void)[] | undefined;
  #next = 1_000;

  hold(): void {
    this.held = [];
  }

  release(): void {
    for (const go of this.held ?? []) go();
    this.held = undefined;
  }

  async listMeows(page: { take: number; before?: string }): Promise<Meow[]> {
    this.listed.push(page);
    this.#throwIfFailing();
    const { before } = page;
    return this.meows.filter(({ id }) => before === undefined || id < before).slice(0, page.take);
  }

  async getMeow(id: string): Promise<Meow> {
    this.#throwIfFailing();
    const meow = this.meows.find((known) => known.id === id);
    if (meow === undefined) throw new ApiError('missing', undefined);
    return meow;
  }

  async createMeow(text: string, key: string, onProving: () => void): Promise<string> {
    this.posts.push({ text, key });
    if (this.isProving) onProving();
    const { held } = this;
    if (held !== undefined) await new Promise<void>((resolve) => held.push(resolve));
    this.#throwIfFailing();
    return idOf(this.#next++);
  }

  async reportMeow(id: string, report: Report): Promise<boolean> {
    this.#throwIfFailing();
    this.reports.push({ id, ...report });
    return this.acceptsReports;
  }

  /** Settles when the test calls `answer` or `fail` of the entry in `searches`. */
  searchMeows(query: string, { skip }: { skip: number }): Promise<SearchResult<Meow>> {
    return new Promise((answer, reject) => {
      const fail = (problem: Problem) => reject(new ApiError(problem, undefined));
      this.searches.push({ query, skip, answer, fail });
    });
  }

  #throwIfFailing(): void {
    if (this.fail !== undefined) throw new ApiError(this.fail, undefined, this.retryAfterMs);
  }
}

/** Ids that sort as their numbers do. */
export function idOf(number: number): string {
  return `m${String(number).padStart(6, '0')}`;
}

export function meow(number: number, text = `meow ${number}`): Meow {
  return Object.freeze({ id: idOf(number), text, createdAt: '2026-11-21T03:00:00.000000Z' });
}

/** Meows from number `from` down to `to`: newest first. */
export function meowsDown(from: number, to: number): Meow[] {
  return Array.from({ length: from - to + 1 }, (_, index) => meow(from - index));
}
