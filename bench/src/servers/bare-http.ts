import { createServer } from 'node:http';
import { handleCommands } from '../worker-process/handle-commands.ts';
import { listen } from './listen.ts';

// Bare `node:http` that sends the given JSON: the cost of the network and the HTTP server alone.
handleCommands<string>(async (json) => {
  const body = Buffer.from(json);
  const server = createServer((_req, res) => {
    res.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length });
    res.end(body);
  });
  return { ...(await listen(server)) };
});
