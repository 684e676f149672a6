import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createIdentities } from '../../schema/identity.ts';
import type { Meow } from '../../schema/meow.ts';
import { escapeHtml } from '../../schema/text.ts';
import type { Repository } from '../repository.ts';

/** A repository on an index of its own, and what a test does with it. */
export interface SearchSubject {
  repository: Repository;
  /** Indexes texts as typed, oldest first, so that they can be found at once. */
  given(...texts: string[]): Promise<Meow[]>;
  /** The bodies of what a query finds. */
  found(query: string, skip?: number, take?: number): Promise<string[]>;
  newMeow(text: string): Meow;
}

export interface OpenRepository {
  repository: Repository;
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

function subjectOn(repository: Repository): SearchSubject {
  const nextIdentity = createIdentities();
  const newMeow = (text: string): Meow => ({ ...nextIdentity(), body: escapeHtml(text) });
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
