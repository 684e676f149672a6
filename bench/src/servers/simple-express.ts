import type { AddressInfo } from 'node:net';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import type { PostgresConfig } from '@meower/shared/db/postgres.ts';
import { escapeHtml } from '@meower/shared/schema/meow-body.ts';
import { createIdGenerator } from '@meower/shared/schema/meow-id.ts';
import express from 'express';
import pg from 'pg';
import { runCommands } from '../worker-process/serve-commands.ts';

const INSERT = {
  name: 'insert',
  text: `WITH written AS (INSERT INTO meows (id, body, created_at) VALUES ($1, $2, $3))
         INSERT INTO outbox_events (id, topic, key, headers, payload)
         VALUES ($1, 'meow.created', $1, '{}', json_build_object('id', $1, 'body', $2, 'created_at', $3))`,
};

/** The same `POST /meows` with one insert (meow and outbox) for each request, as one writes it first. */
runCommands<PostgresConfig | undefined>(async (config) => {
  const insert = config ? insertInto(new pg.Pool({ ...config, max: 10 })) : await insertEmbedded();
  const newMeowId = createIdGenerator();
  const app = express();
  app.post('/meows', async (req, res) => {
    const { id, createdAt } = newMeowId();
    await insert(id, escapeHtml(String(req.query.body)), createdAt);
    res.json({ id });
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    port: () => (server.address() as AddressInfo).port,
    close: () => server.closeAllConnections(),
  };
});

type Insert = (id: string, body: string, createdAt: string) => Promise<unknown>;

function insertInto(pool: pg.Pool): Insert {
  return (...values) => pool.query({ ...INSERT, values });
}

async function insertEmbedded(): Promise<Insert> {
  const repository = await createPgliteRepository();
  await repository.migrate();
  return (id, body, createdAt) => repository.insertMeow({ id, body, createdAt });
}
