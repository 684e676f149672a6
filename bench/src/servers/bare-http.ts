import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runCommands } from '../worker-process/serve-commands.ts';

/** Bare `node:http` that sends the given bytes as JSON: what the network and the HTTP server alone cost. */
runCommands<string>(async (json) => {
  const body = Buffer.from(json);
  const server = createServer((_req, res) => {
    res.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length });
    res.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: () => (server.address() as AddressInfo).port,
    close: () => server.closeAllConnections(),
  };
});
