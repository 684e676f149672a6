import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meower-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Starts a program that caches its modules in `cache`; resolves to its output. */
async function start(cache: string, { prints }: { prints: string }): Promise<string> {
  const enableCompileCaching = new URL('./compile-cache.ts', import.meta.url).href;
  const [main, imported] = [join(folder, 'main.mts'), join(folder, 'imported.mts')];
  await writeFile(imported, `export const text: string = ${JSON.stringify(prints)};`);
  await writeFile(
    main,
    `import { enableCompileCaching } from ${JSON.stringify(enableCompileCaching)};
     enableCompileCaching(${JSON.stringify(cache)});
     console.log((await import('./imported.mts')).text);`,
  );
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, [main], { env });
  return stdout.trim();
}

test('a loaded module is cached for the next start', async () => {
  const cache = join(folder, 'created', 'when-needed');
  expect(await start(cache, { prints: 'one' })).toBe('one');
  expect((await readdir(cache, { recursive: true })).length).toBeGreaterThan(1);
  expect(await start(cache, { prints: 'one' })).toBe('one');
});

test('a changed file is loaded as it is now', async () => {
  const cache = join(folder, 'cache');
  expect(await start(cache, { prints: 'old' })).toBe('old');
  expect(await start(cache, { prints: 'new' })).toBe('new');
});

test('it starts where the folder is not writable', async () => {
  const file = join(folder, 'a-file');
  await writeFile(file, 'no folder');
  expect(await start(join(file, 'cache'), { prints: 'started' })).toBe('started');
});
