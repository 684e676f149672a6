import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Ended } from '@meower/shared/testing/program-process.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { expect, test, vi } from 'vitest';
import { MeowerProcess } from './testing/meower-process.ts';

// Each start creates a database, which takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

/** One sentence, no stack, exit code 1. */
function expectSentence({ code, stderr }: Ended, sentence: RegExp): void {
  expect(stderr).toMatch(sentence);
  expect(stderr).not.toMatch(/^ {4}at /m);
  expect(code).toBe(1);
}

test('a folder in use by another process is refused, and the other process continues', async () => {
  await using folder = await temporaryFolder();
  await using first = new MeowerProcess({ DATA_DIR: folder.path });
  const url = await first.url();
  await using second = new MeowerProcess({ DATA_DIR: folder.path });
  expectSentence(await second.ended, /^meower: The folder .+ is in use by another process: .+\.\n$/);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test('a folder is free again after kill -9', async () => {
  await using folder = await temporaryFolder();
  await using first = new MeowerProcess({ DATA_DIR: folder.path });
  await first.url();
  first.kill('SIGKILL');
  await first.ended;
  await using second = new MeowerProcess({ DATA_DIR: folder.path });
  expect(await second.url()).toMatch(/^http:/);
});

test('a port that is taken is named', async () => {
  await using folder = await temporaryFolder();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as { port: number };
  try {
    await using meower = new MeowerProcess({ DATA_DIR: folder.path, PORT: String(port) });
    expectSentence(await meower.ended, new RegExp(`^meower: port ${port} is taken: .+\\.\\n$`));
  } finally {
    server.close();
  }
});

test('a folder that cannot be written to is named', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'file');
  await writeFile(file, '');
  await using meower = new MeowerProcess({ DATA_DIR: join(file, 'meows') });
  expectSentence(
    await meower.ended,
    /^meower: The folder .+\/file\/meows cannot be written to \(ENOTDIR\): .+\.\n$/,
  );
});

test.each([
  ['PORT', 'meow', /PORT: must be a whole number from 0 to 65535, not "meow"/],
  ['PORT', '65536', /PORT: must be a whole number/],
  ['LOG_LEVEL', 'loud', /LOG_LEVEL: .*loud/],
])('a wrong %s, "%s", is named', async (name, value, sentence) => {
  await using folder = await temporaryFolder();
  await using meower = new MeowerProcess({ DATA_DIR: folder.path, [name]: value });
  expectSentence(await meower.ended, sentence);
});
