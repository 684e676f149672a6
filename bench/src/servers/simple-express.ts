import { createServer } from 'node:http';
import { createPgliteRepository } from '@meower/shared/db/pglite.ts';
import type { PostgresConfig } from '@meower/shared/db/postgres.ts';
import { escapeHtml } from '@meower/shared/meow/meow-body.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import express from 'express';
import pg from 'pg';
import { handleCommands } from '../worker-process/handle-commands.ts';
import { listen } from './listen.ts';

type Insert = (id: string, body: string, createdAt: string) => Promise<unknown>;

// `POST /meows` as a tutorial writes it: one insert (meow and outbox row) for each request, no events, no
// checks.
handleCommands<PostgresConfig | undefined>(async (config) => {
  const insert = config ? insertIntoPostgres(config) : await insertIntoPglite();
  const newMeowId = createIdGenerator();
  const app = express();
  app.post('/meows', async (req, res) => {
    const { id, createdAt } = newMeowId();
    await insert(id, escapeHtml(String(req.query.body)), createdAt);
    res.json({ id });
  });
  return { ...(await listen(createServer(app))) };
});

function insertIntoPostgres(config: PostgresConfig): Insert {
  const pool = new pg.Pool({ ...config, max: 10 });
  const text = `WITH written AS (INSERT INTO meows (id, body, created_at) VALUES ($1, $2, $3))
                INSERT INTO outbox_events (id, topic, key, headers, payload)
                VALUES ($1, 'meow.created', $1, '{}', json_build_object('id', $1, 'body', $2, 'created_at', $3))`;
  return (...values) => pool.query({ name: 'insert', text, values });
}

async function insertIntoPglite(): Promise<Insert> {
  const repository = await createPgliteRepository();
  await repository.migrate();
  return (id, body, createdAt) => repository.insertMeow({ id, body, createdAt });
}
