import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Meow } from '../../schema/meow.ts';
import { escapeHtml } from '../../schema/meow-body.ts';
import { createIdGenerator } from '../../schema/meow-id.ts';
import type { SearchRepository } from '../search-repository.ts';

/** A repository on an index of its own, and what a test does with it. */
export interface SearchSubject {
  repository: SearchRepository;
  /** Indexes texts as typed, oldest first, so that they can be found at once. */
  given(...texts: string[]): Promise<Meow[]>;
  /** The bodies of what a query finds. */
  found(query: string, skip?: number, take?: number): Promise<string[]>;
  newMeow(text: string): Meow;
}

export interface OpenRepository {
  repository: SearchRepository;
  /** Closes it and removes its index. */
  remove(): Promise<void>;
}

/** Gives a repository that is prepared and empty. */
export type Open = () => Promise<OpenRepository>;

/** A subject with a new index for each test of the suite it is called in. */
export function subjectForEach(open: Open): SearchSubject {
  return renewed(open, beforeEach, afterEach);
}

/** A subject with one index for all tests of the suite it is called in, which holds these texts. */
export function subjectForAll(open: Open, ...texts: string[]): SearchSubject {
  const subject = renewed(open, beforeAll, afterAll);
  beforeAll(async () => {
    await subject.given(...texts);
  });
  return subject;
}

function renewed(open: Open, before: typeof beforeEach, after: typeof afterEach): SearchSubject {
  const subject = {} as SearchSubject;
  let opened: OpenRepository;
  before(async () => {
    opened = await open();
    Object.assign(subject, subjectOn(opened.repository));
  });
  after(() => opened.remove());
  return subject;
}

function subjectOn(repository: SearchRepository): SearchSubject {
  const newMeowId = createIdGenerator();
  const newMeow = (text: string): Meow => ({ ...newMeowId(), body: escapeHtml(text) });
  return {
    repository,
    newMeow,
    async given(...texts) {
      const meows = texts.map(newMeow);
      await repository.insertMeows(meows);
      await repository.refresh();
      return meows;
    },
    async found(query, skip = 0, take = 100) {
      return (await repository.searchMeows(query, skip, take)).map(({ body }) => body);
    },
  };
}
