import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Worktree extends AsyncDisposable {
  path: string;
}

/** Checks another revision out into a temporary folder, with the bench and the packages of this checkout. */
export async function openWorktree(root: string, revision: string): Promise<Worktree> {
  const path = join(await mkdtemp(join(tmpdir(), 'meower-bench-')), 'tree');
  await run('git', ['worktree', 'add', '--detach', path, revision], { cwd: root });
  const remove = async () => {
    await run('git', ['worktree', 'remove', '--force', path], { cwd: root });
    await rm(join(path, '..'), { recursive: true });
  };
  try {
    await rm(join(path, 'bench'), { recursive: true, force: true });
    await cp(join(root, 'bench'), join(path, 'bench'), { recursive: true });
    await linkPackages(root, path);
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: remove };
}

async function linkPackages(root: string, path: string): Promise<void> {
  const packages = join(path, 'node_modules');
  await mkdir(join(packages, '@meower'), { recursive: true });
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name !== '@meower') await symlink(join(root, 'node_modules', name), join(packages, name));
  }
  for (const name of await readdir(join(root, 'node_modules/@meower'))) {
    await symlink(join(path, name), join(packages, '@meower', name));
  }
}
