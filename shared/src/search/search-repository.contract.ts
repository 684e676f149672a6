import { describe } from 'vitest';
import { indexingContract } from './contract/indexing.contract.ts';
import { matchingContract } from './contract/matching.contract.ts';
import { queriesContract } from './contract/queries.contract.ts';
import { rankingContract } from './contract/ranking.contract.ts';
import { rebuildContract } from './contract/rebuild.contract.ts';
import type { Open } from './contract/subject.ts';

/** What every implementation of `SearchRepository` must do. */
export function searchRepositoryContract(name: string, open: Open): void {
  describe(`${name}: search repository`, () => {
    indexingContract(open);
    matchingContract(open);
    rankingContract(open);
    queriesContract(open);
    rebuildContract(open);
  });
}
