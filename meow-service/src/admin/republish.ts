// npm run republish    publishes the event of every meow again, for an event stream that was lost
import { adminLogger, openBroker, openRepository, print } from '@meower/shared/admin/dependencies.ts';
import { createProgress } from '@meower/shared/admin/progress.ts';
import { createEventStore } from '@meower/shared/event/broker-event-store.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { loadConfig } from '../config.ts';
import { republish } from '../republish.ts';

await runCommand('republish', async (signal) => {
  const { postgres, nats } = loadConfig();
  await using opened = new AsyncDisposableStack();
  const repository = openRepository(postgres, opened);
  const events = createEventStore(await openBroker(nats, opened, signal), adminLogger);
  const onProgress = createProgress('published', await repository.countMeows(), print);
  const published = await republish({ repository, events, signal, onProgress });
  print(`Published the events of ${published} meows again.\n`);
  return 0;
});
