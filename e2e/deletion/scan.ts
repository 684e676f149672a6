import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SqlDatabase } from '@meower/shared/db/sql.ts';
import { FrameKind } from '@meower/shared/meow/frames.ts';
import type { TestIndex } from '@meower/shared/testing/elasticsearch.ts';
import { HttpClient } from '../contract/http-client.ts';
import { WebSocketClient } from '../contract/websocket-client.ts';

/** Everything that may hold a text. Each function returns the names of the places where it does. */

/** Tables. A payload may be stored as bytes, which Postgres prints in hexadecimal. */
export async function tablesWith(word: string, db: SqlDatabase): Promise<string[]> {
  const run = (text: string, values: unknown[] = []) =>
    db.run<{ name: string }>({ name: `scan ${text}`.slice(0, 60), text }, values);
  const tables = await run(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  );
  const found = tables.map(({ name }) =>
    run(
      `SELECT '${name}' AS name FROM "${name}" AS t
       WHERE t::text LIKE '%' || $1 || '%' OR t::text LIKE '%' || encode($1::bytea, 'hex') || '%' LIMIT 1`,
      [word],
    ),
  );
  return (await Promise.all(found)).flat().map(({ name }) => `table ${name}`);
}

/** The index in use, and any other index of its alias. */
export async function indexesWith(word: string, { alias, client }: TestIndex): Promise<string[]> {
  const index = `${alias}*`;
  await client.indices.refresh({ index });
  const { hits } = await client.search({ index, size: 10_000 });
  const all = hits.hits.filter(({ _source }) => JSON.stringify(_source).includes(word));
  return [...new Set(all.map(({ _index }) => `index ${_index}`))].sort();
}

/** Files. */
export async function filesWith(word: string, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    // The server may have deleted it meanwhile.
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return Buffer.alloc(0);
    });
    if (bytes.includes(word)) found.push(`file ${path.slice(folder.length + 1)}`);
  }
  return found.sort();
}

/**
 * What a service at `url` answers, and sends to a page that resumes at `cursor`. Posts a meow, to know when
 * the page has all.
 */
export async function answersWith(word: string, id: string, url: string, cursor: number): Promise<string[]> {
  const client = new HttpClient({ url: () => url });
  const page = await WebSocketClient.open(url, `/pusher?cursor=${cursor}`);
  await page.waitForMeow(await client.postMeow('scan'));
  await page.close();
  const refused = page.frames.some(({ kind }) => kind === FrameKind.refetch);
  const texts = {
    list: JSON.stringify(await client.list('take=1000')),
    permalink: (await client.request(`/meows/${id}`)).text,
    search: JSON.stringify(await client.search(word)),
    page: refused ? `${word}: the cursor was refused` : JSON.stringify(page.frames),
  };
  return Object.entries(texts).flatMap(([place, text]) => (text.includes(word) ? [place] : []));
}
