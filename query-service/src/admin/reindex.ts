// npm run reindex    builds a new search index from the database, then swaps it in; posting and searching go on meanwhile
import { runCommand } from '@meower/shared/process/admin-command.ts';
import { createProgress } from '@meower/shared/process/progress.ts';
import { rebuildIndex } from '../rebuild-index.ts';
import { openDependencies, say } from './open-dependencies.ts';

await runCommand('reindex', async (signal) => {
  await using parts = openDependencies();
  const { repository, search } = parts;
  await repository.migrate();
  await search.prepare();
  const total = await repository.countMeows();
  let refused = 0;
  await rebuildIndex({
    repository,
    search,
    signal,
    onProgress: createProgress('copied', total, say),
    onRefused({ id }, reason) {
      refused++;
      say(`cannot be indexed: ${id}: ${reason}\n`);
    },
  });
  await search.refresh();
  say(`The new index serves; it holds ${await search.count()} meows.\n`);
  return refused === 0 ? 0 : 1;
});
