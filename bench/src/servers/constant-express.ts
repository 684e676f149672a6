import type { AddressInfo } from 'node:net';
import express from 'express';
import { runCommands } from '../worker-process/serve-commands.ts';

/** An Express app as small as they come, which answers `POST /meows` with a constant: what the framework alone costs. */
runCommands<undefined>(async () => {
  const app = express();
  app.post('/meows', (_req, res) => {
    res.json({ id: '3ToBYA9GyKBlvIQs4PMZ0pvUrMK' });
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    port: () => (server.address() as AddressInfo).port,
    close: () => server.closeAllConnections(),
  };
});
