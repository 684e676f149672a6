import { describe } from 'vitest';
import type { Open } from './contract-subject.ts';
import { indexingContract } from './indexing.contract.ts';
import { matchingContract } from './matching.contract.ts';
import { queriesContract } from './queries.contract.ts';
import { rankingContract } from './ranking.contract.ts';
import { rebuildContract } from './rebuild.contract.ts';

/** What every search `Repository` must do. */
export function repositoryContract(name: string, open: Open): void {
  describe(`${name}: search repository`, () => {
    indexingContract(open);
    matchingContract(open);
    rankingContract(open);
    queriesContract(open);
    rebuildContract(open);
  });
}
