import { describe } from 'vitest';
import { clientContract } from './client.contract.ts';
import { idempotencyContract } from './idempotency.contract.ts';
import { listMeowsContract } from './list-meows.contract.ts';
import { methodsContract } from './methods.contract.ts';
import { misbehavingClientsContract } from './misbehaving-clients.contract.ts';
import { pageParametersContract } from './page-parameters.contract.ts';
import { permalinkContract } from './permalink.contract.ts';
import { postMeowContract } from './post-meow.contract.ts';
import { postRefusalsContract } from './post-refusals.contract.ts';
import { readmeContract } from './readme.contract.ts';
import { reportsContract } from './reports.contract.ts';
import { searchContract } from './search.contract.ts';
import type { SystemUnderTest } from './system-under-test.ts';

/** What the HTTP side of a running Meower must do, embedded or composed. */
export function httpContract(system: SystemUnderTest): void {
  describe('HTTP', () => {
    postMeowContract(system);
    postRefusalsContract(system);
    idempotencyContract(system);
    listMeowsContract(system);
    pageParametersContract(system);
    searchContract(system);
    readmeContract(system);
    clientContract(system);
    permalinkContract(system);
    reportsContract(system);
    methodsContract(system);
    misbehavingClientsContract(system);
  });
}
