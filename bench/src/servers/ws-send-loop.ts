import { createServer } from 'node:http';
import { followEvents, type Received } from '@meower/shared/event/consume-events.ts';
import { meowCreated } from '@meower/shared/event/meow-events.ts';
import type { SequencedMessage } from '@meower/shared/message/capabilities.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { WebSocketServer } from 'ws';
import type { DependencyConfigs } from '../fixtures/fixtures.ts';
import { openDependencies } from '../fixtures/open-dependencies.ts';
import { createMeowPublisher } from '../load/publish-meows.ts';
import { handleCommands } from '../worker-process/handle-commands.ts';
import { listen } from './listen.ts';
import { bytesInUse } from './resident-memory.ts';

// A pusher as a tutorial writes it: for each event, `send` in a loop over the sockets. It receives events as
// the product does.
handleCommands<DependencyConfigs>(async (configs) => {
  const opened = new AsyncDisposableStack();
  const logger = createLogger('bench', 'error');
  const broker = await openDependencies(configs, logger, opened).broker();
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  const onEvent = ({ data, message }: Received<typeof meowCreated, SequencedMessage>) => {
    const frame = JSON.stringify({ kind: 1, ...data, seq: message.seq });
    for (const socket of sockets.clients) socket.send(frame);
  };
  await followEvents(broker, [meowCreated], { onEvent, onReset: () => undefined }, logger);
  const { port } = await listen(server);
  return { port, bytesInUse, publish: createMeowPublisher(broker), close: () => opened.disposeAsync() };
});
