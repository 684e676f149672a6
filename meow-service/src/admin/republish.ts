// npm run republish    publishes the event of every meow again, for an event stream that was lost
import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import { createEventStore } from '@meower/shared/event/broker-event-store.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { reach, runCommand } from '@meower/shared/process/admin-command.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { createProgress } from '@meower/shared/process/progress.ts';
import { loadConfig } from '../config.ts';
import { republish } from '../republish.ts';

await runCommand('republish', async (signal) => {
  const { postgres, nats } = loadConfig();
  const logger = createLogger('command', 'error');
  await using opened = new AsyncDisposableStack();
  const repository = createPostgresRepository(postgres, logger);
  opened.defer(() => repository.close());
  const events = createEventStore(createNatsBroker(nats, { logger }), logger);
  opened.defer(() => events.close());

  await reach('NATS', () => events.ping(), signal);
  const say = (text: string) => process.stdout.write(text);
  const onProgress = createProgress('published', await repository.countMeows(), say);
  const published = await republish({ repository, events, signal, onProgress });
  say(`Published the events of ${published} meows again.\n`);
  return 0;
});
