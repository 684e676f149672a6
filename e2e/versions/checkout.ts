import { execFile } from 'node:child_process';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
const OWN = '@meower';

/** The id of a commit, for example of `HEAD~10`; undefined if it is not in this clone, which may be shallow. */
export async function findCommit(name: string): Promise<string | undefined> {
  try {
    return await git('rev-parse', '--verify', '--quiet', `${name}^{commit}`);
  } catch {
    return undefined;
  }
}

/** Writes the files of a commit into an empty folder, with the packages that are installed here. */
export async function checkOut(commit: string, folder: string): Promise<void> {
  const archive = join(folder, 'archive.tar');
  await git('archive', '--output', archive, commit);
  await promisify(execFile)('tar', ['--extract', '--file', archive, '--directory', folder]);
  const installed = join(ROOT, 'node_modules');
  const packages = join(folder, 'node_modules');
  await mkdir(join(packages, OWN), { recursive: true });
  for (const name of await readdir(installed))
    if (name !== OWN) await symlink(join(installed, name), join(packages, name));
  // Those of that commit, not of this one.
  for (const name of ['shared', 'meow-service', 'query-service', 'pusher-service'])
    await symlink(join(folder, name), join(packages, OWN, name));
}

async function git(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['-C', ROOT, ...args], { maxBuffer: 1 << 28 });
  return stdout.trim();
}
