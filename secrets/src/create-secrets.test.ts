import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../shared/src/testing/temporary-folder.ts';
import { createSecrets } from './create-secrets.ts';

/** The content of all files below a folder, by path. */
async function contentsOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)),
  );
}

test('creates different secrets once, and keeps them', async () => {
  await using folder = await temporaryFolder();
  const created = await createSecrets(folder.path);
  const first = await contentsOf(folder.path);
  const all: string[] = Object.values(JSON.parse(first[join(folder.path, 'secrets.json')] ?? ''));
  expect(all).toHaveLength(created);
  expect(new Set(all).size).toBe(created);
  for (const secret of all) expect(secret).toMatch(/^[\w-]{43}$/);
  expect(await createSecrets(folder.path)).toBe(0);
  expect(await contentsOf(folder.path)).toEqual(first);
});

test('gives a container only what it needs', async () => {
  await using folder = await temporaryFolder();
  await createSecrets(folder.path);
  const read = (name: string) => readFile(join(folder.path, name), 'utf8');
  expect((await readdir(join(folder.path, 'pusher'))).toSorted()).toEqual(['nats-password']);
  const own = await read('query/postgres-password');
  const files = Object.entries(await contentsOf(folder.path)).filter(([, content]) => content.includes(own));
  expect(files.map(([file]) => file.slice(folder.path.length + 1)).toSorted()).toEqual([
    'postgres/query-service-password',
    'query/postgres-password',
    'secrets.json',
  ]);
  expect(await read('elasticsearch/users')).not.toContain(await read('query/elasticsearch-password'));
  expect((await stat(join(folder.path, 'secrets.json'))).mode & 0o777).toBe(0o400);
});

test('goes on where it was interrupted, and adds secrets of a later version', async () => {
  await using folder = await temporaryFolder();
  await createSecrets(folder.path);
  const { adminToken, ...others } = JSON.parse(await readFile(join(folder.path, 'secrets.json'), 'utf8'));
  await chmod(join(folder.path, 'secrets.json'), 0o600);
  await writeFile(join(folder.path, 'secrets.json'), JSON.stringify(others));
  await rm(join(folder.path, 'nats'), { recursive: true });
  await writeFile(join(folder.path, 'meow/nats-password.new'), 'hal', { mode: 0o400 });
  expect(await createSecrets(folder.path)).toBe(1);
  const now = JSON.parse(await readFile(join(folder.path, 'secrets.json'), 'utf8'));
  expect(now).toEqual({ ...others, adminToken: expect.not.stringMatching(adminToken) });
  expect(await readFile(join(folder.path, 'nats/passwords.conf'), 'utf8')).toContain(`"${others.natsMeow}"`);
  expect(await readdir(join(folder.path, 'meow'))).not.toContain('nats-password.new');
});

test('replaces the secrets of one dependency, and keeps the others', async () => {
  await using folder = await temporaryFolder();
  await createSecrets(folder.path);
  const read = async () => JSON.parse(await readFile(join(folder.path, 'secrets.json'), 'utf8'));
  const before = await read();
  await chmod(join(folder.path, 'secrets.json'), 0o600);
  expect(await createSecrets(folder.path, 'nats')).toBe(3);
  const { natsMeow, natsQuery, natsPusher, ...others } = await read();
  const { natsMeow: oldMeow, natsQuery: oldQuery, natsPusher: oldPusher, ...kept } = before;
  expect(others).toEqual(kept);
  expect(new Set([natsMeow, natsQuery, natsPusher, oldMeow, oldQuery, oldPusher]).size).toBe(6);
  expect(await readFile(join(folder.path, 'pusher/nats-password'), 'utf8')).toBe(natsPusher);
});
