import { createServer } from 'node:http';
import { createLogger } from '@meower/shared/process/logger.ts';
import { meowToJson } from '@meower/shared/schema/meow.ts';
import { WebSocketServer } from 'ws';
import type { DependencyConfigs } from '../fixtures/fixtures.ts';
import { openDependencies } from '../fixtures/open-dependencies.ts';
import { createMeowPublisher } from '../load/publish-meows.ts';
import { handleCommands } from '../worker-process/handle-commands.ts';
import { listen } from './listen.ts';
import { bytesInUse } from './resident-memory.ts';

// A pusher as a tutorial writes it: for each event, `send` in a loop over the sockets. It receives events as the product does.
handleCommands<DependencyConfigs>(async (configs) => {
  const opened = new AsyncDisposableStack();
  const events = await openDependencies(configs, createLogger('bench', 'error'), opened).events();
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  await events.onMeowCreated(({ meow, seq }) => {
    const frame = JSON.stringify({ kind: 1, ...meowToJson(meow), seq });
    for (const socket of sockets.clients) socket.send(frame);
  });
  const { port } = await listen(server);
  return { port, bytesInUse, publish: createMeowPublisher(events), close: () => opened.disposeAsync() };
});
