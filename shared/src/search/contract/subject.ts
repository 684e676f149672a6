import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Meow } from '../../meow/meow.ts';
import { escapeHtml } from '../../meow/meow-body.ts';
import { createIdGenerator } from '../../meow/meow-id.ts';
import type { SearchRepository } from '../search-repository.ts';

/** A repository with its own index, and what a test does with it. */
export interface SearchSubject {
  repository: SearchRepository;
  /** Indexes texts as typed, oldest first. Resolves when they can be found. */
  given(...texts: string[]): Promise<Meow[]>;
  /** Resolves to the bodies of the meows that a query finds. */
  found(query: string, skip?: number, take?: number): Promise<string[]>;
  newMeow(text: string): Meow;
}

export interface OpenRepository {
  repository: SearchRepository;
  /** Closes it and removes its index. */
  remove(): Promise<void>;
}

/** Resolves to a repository that is prepared and empty. */
export type Open = () => Promise<OpenRepository>;

/** A subject with a new index for each test of the calling suite. */
export function subjectForEach(open: Open): SearchSubject {
  return subjectWithHooks(open, beforeEach, afterEach);
}

/** A subject with one index for all tests of the calling suite, which holds these texts. */
export function subjectForAll(open: Open, ...texts: string[]): SearchSubject {
  const subject = subjectWithHooks(open, beforeAll, afterAll);
  beforeAll(async () => {
    await subject.given(...texts);
  });
  return subject;
}

function subjectWithHooks(open: Open, before: typeof beforeEach, after: typeof afterEach): SearchSubject {
  const subject = {} as SearchSubject; // filled before the tests run
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
