import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadConfig } from '@meower/embedded/config.ts';
import { type Embedded, startEmbedded } from '@meower/embedded/start.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uniqueWord } from '../unique-word.ts';
import { expectError, HttpClient, idOf } from './http-client.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let meower: Embedded;
const url = () => `http://127.0.0.1:${meower.port}`;
const client = new HttpClient({ url });

beforeAll(async () => {
  folder = await temporaryFolder();
  const env = {
    PORT: '0',
    DATA_DIR: join(folder.path, 'data'),
    LIMIT_POSTS: '1',
    PROOF_OF_WORK_DIFFICULTY: '20',
  };
  meower = await startEmbedded(loadConfig(env), silentLogger);
  // Uses up the limit of the minute in which the tests run.
  await client.postMeow(uniqueWord());
});
afterAll(async () => {
  await meower.close();
  await folder[Symbol.asyncDispose]();
});

const post = (body: string, headers: Record<string, string> = {}) =>
  client.request('/meows', { method: 'POST', body: new URLSearchParams({ body }), headers });

async function proofFor(key: string): Promise<Record<string, string>> {
  const { json } = await client.request(`/challenge?key=${key}`);
  const challenge = json as Parameters<typeof solveChallenge>[0]['challenge'];
  const solution = await solveChallenge({ challenge, deriveKey });
  return { 'idempotency-key': key, altcha: btoa(JSON.stringify({ challenge, solution })) };
}

test('a post over the limit is refused with a sentence that names the proof of work', async () => {
  const refused = await post('too much', { 'idempotency-key': randomUUID() });
  expectError(
    refused,
    429,
    'Too many posts from this address: wait, or send a proof of work (docs/interface.md explains GET /challenge)',
  );
  expect(refused.headers.get('retry-after')).toBe('5');
});

test('with a proof it is stored once, also if it is sent several times', async () => {
  const [key, word] = [randomUUID(), uniqueWord()];
  const proof = await proofFor(key);
  const id = idOf(await post(word, proof));
  expect(idOf(await post(word, proof))).toBe(id);
  expect((await client.list()).filter(({ body }) => body === word).map((meow) => meow.id)).toEqual([id]);
});

test('the proof cannot be used for another text, another key, or without a key', async () => {
  const [key, word, other] = [randomUUID(), uniqueWord(), uniqueWord()];
  const proof = await proofFor(key);
  idOf(await post(word, proof));
  expectError(await post(other, proof), 422, 'This Idempotency-Key belongs to another meow');
  const unbound = 'The proof of work is for another Idempotency-Key';
  expectError(await post(other, { ...proof, 'idempotency-key': randomUUID() }), 429, unbound);
  expectError(await post(other, { altcha: proof.altcha ?? '' }), 429, unbound);
  expect(await client.list()).not.toContainEqual(expect.objectContaining({ body: other }));
});

test('a header that is no proof exempts from nothing', async () => {
  expectError(await post('forged', { altcha: 'yes' }), 400, 'Invalid Altcha header');
});

test('a challenge needs a key, and is never cached', async () => {
  for (const query of ['', '?key=', `?key=${'m'.repeat(256)}`])
    expectError(await client.request(`/challenge${query}`), 400, 'Invalid key parameter');
  const { headers } = await client.request('/challenge?key=cat');
  expect(headers.get('cache-control')).toBe('no-store');
});

test('the program in docs/interface.md posts over the limit', async () => {
  const docs = await readFile(new URL('../../docs/interface.md', import.meta.url), 'utf8');
  const [, program = ''] = /^```js\n(import \{ pbkdf2Sync.*?)^```$/ms.exec(docs) ?? [];
  const file = join(folder.path, 'post.mjs');
  await writeFile(file, program.replace('http://localhost:8080', url()));
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 20_000 });
  expect(stdout).toMatch(/^200 \{"id":"/);
});
