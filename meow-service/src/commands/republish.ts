// npm run republish    publishes the event of every meow again, for an event stream that was lost
import { createPostgresRepository } from '@meower/shared/db/postgres.ts';
import { createEventStore } from '@meower/shared/event/broker-event-store.ts';
import { runCommand } from '@meower/shared/lifecycle/command.ts';
import { createLogger } from '@meower/shared/lifecycle/logger.ts';
import { createProgress } from '@meower/shared/lifecycle/progress.ts';
import { retryForever } from '@meower/shared/lifecycle/retry.ts';
import { createNatsBroker } from '@meower/shared/message/nats.ts';
import { loadConfig } from '../config.ts';
import { republish } from '../republish.ts';

const CONNECT_MS = 10_000;

await runCommand('republish', async (signal) => {
  const { postgres, nats } = loadConfig();
  const logger = createLogger('command', 'error');
  await using opened = new AsyncDisposableStack();
  const repository = createPostgresRepository(postgres, logger);
  opened.defer(() => repository.close());
  const events = createEventStore(createNatsBroker(nats, { logger }), logger);
  opened.defer(() => events.close());

  const patience = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]);
  await retryForever(() => events.ping(), { what: 'reach NATS', logger, signal: patience, delayMs: 100 });
  const say = (text: string) => process.stdout.write(text);
  const onProgress = createProgress('published', await repository.countMeows(), say);
  const published = await republish({ repository, events, signal, onProgress });
  say(`Published the events of ${published} meows again.\n`);
  return 0;
});
