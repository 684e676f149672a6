import { createServer } from 'node:http';
import express from 'express';
import { handleCommands } from '../worker-process/handle-commands.ts';
import { listen } from './listen.ts';

// A minimal Express app that answers `POST /meows` with a constant: the cost of the framework alone.
handleCommands<undefined>(async () => {
  const app = express();
  app.post('/meows', (_req, res) => {
    res.json({ id: '3ToBYA9GyKBlvIQs4PMZ0pvUrMK' });
  });
  return { ...(await listen(createServer(app))) };
});
