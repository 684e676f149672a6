import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { publishMeowsCreated } from '@meower/shared/event/meow-events.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { meowToJson } from '@meower/shared/schema/meow.ts';
import { createIdGenerator } from '@meower/shared/schema/meow-id.ts';
import { WebSocketServer } from 'ws';
import type { Place } from '../fixtures/fixtures.ts';
import { openDependencies } from '../fixtures/open-dependencies.ts';
import { runCommands } from '../worker-process/serve-commands.ts';
import { bytesInUse } from './resident-memory.ts';

/** The pusher as one writes it first: `send` in a loop over the sockets, for each event. Events come as to the product. */
runCommands<Place>(async (place) => {
  const opened = new AsyncDisposableStack();
  const events = await openDependencies(place, createLogger('bench', 'error'), opened).events();
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  await events.onMeowCreated(({ meow, seq }) => {
    const frame = JSON.stringify({ kind: 1, ...meowToJson(meow), seq });
    for (const socket of sockets.clients) socket.send(frame);
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve));
  const newMeowId = createIdGenerator();
  return {
    port: () => (server.address() as AddressInfo).port,
    bytesInUse,
    publish: (count: number) =>
      publishMeowsCreated(
        events,
        Array.from({ length: count }, () => ({ ...newMeowId(), body: 'meow' })),
      ),
    close: () => opened.disposeAsync(),
  };
});
