import { afterAll, beforeEach, describe } from 'vitest';
import { createIdentities } from '../schema/identity.ts';
import type { Meow } from '../schema/meow.ts';
import { escapeHtml } from '../schema/text.ts';
import { indexingContract } from './indexing.contract.ts';
import { matchingContract } from './matching.contract.ts';
import { rebuildContract } from './rebuild.contract.ts';
import type { Repository } from './repository.ts';

/** A repository with an empty index, anew for each test. */
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

/** What every search `Repository` must do. `open` gives one that is prepared and empty. */
export function repositoryContract(name: string, open: () => Promise<OpenRepository>): void {
  describe(`${name}: search repository`, () => {
    const opened: OpenRepository[] = [];
    const subject = {} as SearchSubject;
    const nextIdentity = createIdentities();

    beforeEach(async () => {
      const fresh = await open();
      opened.push(fresh);
      const { repository } = fresh;
      const newMeow = (text: string): Meow => ({ ...nextIdentity(), body: escapeHtml(text) });
      Object.assign(subject, {
        repository,
        newMeow,
        async given(...texts: string[]) {
          const meows = texts.map(newMeow);
          await repository.insertMeows(meows);
          await repository.refresh();
          return meows;
        },
        async found(query: string, skip = 0, take = 100) {
          return (await repository.searchMeows(query, skip, take)).map(({ body }) => body);
        },
      } satisfies SearchSubject);
    });
    afterAll(() => Promise.all(opened.map(({ remove }) => remove())));

    indexingContract(subject);
    matchingContract(subject);
    rebuildContract(subject);
  });
}
