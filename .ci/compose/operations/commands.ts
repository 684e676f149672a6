// The commands for operators.
import { equal, match } from 'node:assert/strict';
import { until } from '../checks.ts';
import { compose } from '../compose.ts';
import { ask, post } from '../requests.ts';
import { unpublished } from './stack.ts';
import type { Trials } from './table.ts';

export const commands: Trials = {
  async commands() {
    const id = await post('to be explained');
    await until(async () => (await unpublished()) === 0);
    for (const [command, printed] of [
      ['status', /^outbox +0 unpublished/m],
      [`explain ${id}`, /^database +stored$/m],
      ['migrate', /^The schema is up to date/m],
      ['drift', /\d/],
      ['drift --repair', /not in the index/],
      ['reindex', /The new index is in use/],
      ['dead list', /^0 dead letters$/m],
      ['republish', /Published the events of/],
      ['moderate list', /^$/],
      [`delete ${id}`, new RegExp(`deleted: ${id}`)],
    ] as const)
      match(await compose('run', '--rm', '-T', 'ops', ...command.split(' ')), printed, command);
    equal((await ask(`/meows/${id}`)).status, 404);
  },
};
