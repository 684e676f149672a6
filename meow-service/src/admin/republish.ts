// npm run republish    publishes the event of every meow again, for an event stream that was lost
import { openBroker, openRepository, print } from '@meower/shared/admin/dependencies.ts';
import { createProgress } from '@meower/shared/admin/progress.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { loadConfig } from '../config.ts';
import { republish } from '../republish.ts';

await runCommand('republish', async (signal) => {
  const { postgres, nats } = loadConfig();
  await using opened = new AsyncDisposableStack();
  const repository = openRepository(postgres, opened);
  const publisher = await openBroker(nats, opened, signal);
  const onProgress = createProgress('published', await repository.countMeows(), print);
  const { meows, deletions } = await republish({ repository, publisher, signal, onProgress });
  print(`Published the events of ${meows} meows and ${deletions} deletions again.\n`);
  return 0;
});
