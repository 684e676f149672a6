// npm run reindex    builds a new search index from the database, which then replaces the old one
import { openRepository, openSearch, print } from '@meower/shared/admin/dependencies.ts';
import { createProgress } from '@meower/shared/admin/progress.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { loadConfig } from '../config.ts';
import { rebuildIndex } from '../rebuild-index.ts';
import { printBusy } from './print-busy.ts';

await runCommand('reindex', async (signal) => {
  const { postgres, elastic } = loadConfig();
  await using opened = new AsyncDisposableStack();
  const repository = openRepository(postgres, opened);
  const search = openSearch(elastic, opened);
  await repository.migrate();
  await search.prepare();
  const total = await repository.countMeows();
  let refused = 0;
  await rebuildIndex({
    repository,
    search,
    signal,
    onProgress: createProgress('copied', total, print),
    onBusy: printBusy,
    onRefused({ id }, reason) {
      refused++;
      print(`cannot be indexed: ${id}: ${reason}\n`);
    },
  });
  await search.refresh();
  print(`The new index is in use; it holds ${await search.count()} meows.\n`);
  return refused === 0 ? 0 : 1;
});
