// npm run drift                 compares the database with the search index; exit code 1 when they differ
// npm run drift -- --repair     indexes what is missing, and removes what the database lacks
import { parseArgs } from 'node:util';
import { openRepository, openSearch, print } from '@meower/shared/admin/dependencies.ts';
import { createProgress } from '@meower/shared/admin/progress.ts';
import type { Meow } from '@meower/shared/meow/meow.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { loadConfig } from '../config.ts';
import { insertUndeleted } from '../deleted-meows.ts';
import { findDrift } from '../drift.ts';
import { indexAll } from '../index-all.ts';
import { printBusy } from './print-busy.ts';

const MAX_LISTED = 20;

await runCommand('drift', async (signal, args) => {
  const { values } = parseArgs({ args: [...args], options: { repair: { type: 'boolean', default: false } } });
  const { postgres, elastic } = loadConfig();
  await using opened = new AsyncDisposableStack();
  const repository = openRepository(postgres, opened);
  const search = openSearch(elastic, opened);
  const insertMeows = insertUndeleted({ repository, search });
  let listed = 0;
  let refused = 0;
  const onRefused = ({ id }: Meow, reason: string) => {
    refused++;
    print(`cannot be indexed: ${id}: ${reason}\n`);
  };

  const { compared, missing, surplus } = await findDrift({
    repository,
    search,
    signal,
    onProgress: createProgress('compared', await repository.countMeows(), print),
    async onMissing(meows) {
      for (const { id, createdAt } of meows.slice(0, MAX_LISTED - listed))
        print(`not in the index: ${id} of ${createdAt}\n`);
      listed = Math.min(MAX_LISTED, listed + meows.length);
      if (values.repair) await indexAll(meows, { insertMeows, signal, onRefused, onBusy: printBusy });
    },
    async onSurplus(ids) {
      for (const id of ids.slice(0, MAX_LISTED - listed)) print(`not in the database: ${id}\n`);
      listed = Math.min(MAX_LISTED, listed + ids.length);
      if (values.repair) await search.deleteMeows(ids);
    },
  });
  print(
    `${compared} meows in the database, ${missing} of them not in the index; ${surplus} in the index only.\n`,
  );
  if (values.repair) print(`Indexed ${missing - refused}, removed ${surplus}.\n`);
  const left = values.repair ? refused : missing + surplus;
  return left === 0 ? 0 : 1;
});
