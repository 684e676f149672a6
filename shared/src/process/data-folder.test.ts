import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { claimDataFolder, DataFolderError } from './data-folder.ts';

const PROGRAM = fileURLToPath(new URL('../testing/claiming-process.ts', import.meta.url));
const PROCESSES = 5;
const ROUNDS = 15;

async function start(folder: string): Promise<ChildProcess> {
  const child = fork(PROGRAM, [folder]);
  await once(child, 'message');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function claim(child: ChildProcess): Promise<unknown> {
  const answered = once(child, 'message');
  child.send('claim');
  const [answer] = await answered;
  return answer;
}

test('when several processes claim a folder after a kill -9, one gets it and the others the reason', async () => {
  await using folder = await temporaryFolder();
  using running = new DisposableStack();
  const startOne = async () => {
    const child = await start(folder.path);
    running.defer(() => void child.kill('SIGKILL'));
    return child;
  };
  let children = await Promise.all(Array.from({ length: PROCESSES }, startOne));
  for (let round = 0; round < ROUNDS; round++) {
    const answers = await Promise.all(children.map(claim));
    const winner = answers.indexOf('claimed');
    const refusals = answers.toSpliced(winner, 1);
    expect(winner).toBeGreaterThanOrEqual(0);
    expect(refusals).toEqual(
      refusals.map(() => expect.stringMatching(/^The folder .+ is in use by another process: .+\.$/)),
    );
    const killed = children[winner] as ChildProcess;
    await kill(killed);
    children = [...children.filter((child) => child !== killed), await startOne()];
  }
}, 60_000);

test('a released folder can be claimed again', async () => {
  await using folder = await temporaryFolder();
  const first = await claimDataFolder(folder.path);
  await expect(claimDataFolder(folder.path)).rejects.toThrow(DataFolderError);
  await first.close();
  await (await claimDataFolder(folder.path)).close();
});

test('a database without PG_VERSION is refused instead of replaced by an empty one', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'postgres/global'), { recursive: true });
  await writeFile(join(folder.path, 'postgres/global/pg_control'), '');
  await expect(claimDataFolder(folder.path)).rejects.toThrow(/is damaged \(PG_VERSION is missing\)/);
  await writeFile(join(folder.path, 'postgres/PG_VERSION'), '17');
  await (await claimDataFolder(folder.path)).close();
});

test('only its user may read a new folder', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'new');
  await (await claimDataFolder(path)).close();
  expect((await stat(path)).mode & 0o777).toBe(0o700);
});
