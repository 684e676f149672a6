// npm run drift                 compares the database with the search index; exit code 1 when they differ
// npm run drift -- --repair     indexes what is missing
import { parseArgs } from 'node:util';
import { runCommand } from '@meower/shared/process/admin-command.ts';
import { createProgress } from '@meower/shared/process/progress.ts';
import type { Meow } from '@meower/shared/schema/meow.ts';
import { indexAll } from '../copy-meows.ts';
import { findDrift } from '../drift.ts';
import { openDependencies, say } from './open-dependencies.ts';

const MAX_LISTED = 20;

await runCommand('drift', async (signal, args) => {
  const { values } = parseArgs({ args: [...args], options: { repair: { type: 'boolean', default: false } } });
  await using parts = openDependencies();
  const { repository, search } = parts;
  const insertMeows = (meows: readonly Meow[]) => search.insertMeows(meows);
  let listed = 0;
  let refused = 0;
  const onRefused = ({ id }: Meow, reason: string) => {
    refused++;
    say(`cannot be indexed: ${id}: ${reason}\n`);
  };

  const { compared, missing, surplus } = await findDrift({
    repository,
    search,
    signal,
    onProgress: createProgress('compared', await repository.countMeows(), say),
    async onMissing(meows) {
      for (const { id, createdAt } of meows.slice(0, MAX_LISTED - listed))
        say(`not in the index: ${id} of ${createdAt}\n`);
      listed = Math.min(MAX_LISTED, listed + meows.length);
      if (values.repair) await indexAll(meows, { insertMeows, signal, onRefused });
    },
  });
  say(
    `${compared} meows in the database, ${missing} of them not in the index; ${surplus} in the index only.\n`,
  );
  if (values.repair) say(`Indexed ${missing - refused}.\n`);
  const left = values.repair ? refused : missing;
  return left === 0 && surplus === 0 ? 0 : 1;
});
