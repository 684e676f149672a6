import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EMPTY_DIST, outcomeOf, SmallProject } from './testing/small-project.ts';

const INSTALLING = 'Installing the packages of package-lock.json (npm ci)';
const BUILDING = 'Building the page';
const WAITS = `setInterval(() => {}, 1000);
  process.on('SIGTERM', () => { console.log('stopped'); process.exit(5); });
  console.log('up');`;

let project: SmallProject;
beforeAll(() => {
  project = new SmallProject();
});
afterAll(() => project.remove());

/** What a start does before it runs the file. */
async function setUpSteps(...args: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await project.run(...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return [INSTALLING, BUILDING].filter((step) => stdout.includes(step));
}

test('installs and builds once, and again after a change', async () => {
  expect(await setUpSteps('hello.mjs')).toEqual([INSTALLING]);
  expect(await setUpSteps('--frontend', 'hello.mjs')).toEqual([BUILDING]);
  expect((await project.run('--frontend', 'hello.mjs', '--loud')).stdout).toBe('hello 1.0.0 --loud\n');

  project.write('frontend/page.html', 'purr purr');
  expect(await setUpSteps('--frontend', 'hello.mjs')).toEqual([BUILDING]);
  expect(readFileSync(project.path('frontend/dist/page.html'), 'utf8')).toBe('purr purr');

  project.lockCat('1.0.1');
  expect(await setUpSteps('hello.mjs')).toEqual([INSTALLING]);
  expect((await project.run('hello.mjs')).stdout).toBe('hello 1.0.1\n');
});

test('repeats an installation and a build that were interrupted', async () => {
  await setUpSteps('--frontend', 'hello.mjs');
  const script = readFileSync(project.path('frontend/build.cjs'), 'utf8');
  project.write('frontend/build.cjs', `${EMPTY_DIST} console.log('emptied'); process.stdin.resume();`);
  const child = project.start('--frontend', 'hello.mjs');
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (text) => String(text).includes('emptied') && resolve());
  });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([1, null]);
  // The build script waits for this; npm kills only its shell.
  child.stdin.end();
  project.write('frontend/build.cjs', script);
  expect(await setUpSteps('--frontend', 'hello.mjs')).toEqual([BUILDING]);

  // npm ci begins by removing this file.
  rmSync(project.path('node_modules/.installed'));
  expect(await setUpSteps('--frontend', 'hello.mjs')).toEqual([INSTALLING]);
  expect(await setUpSteps('--frontend', 'hello.mjs')).toEqual([]);
});

test('a set-up that fails says so in one sentence and runs nothing', async () => {
  project.write('frontend/build.cjs', 'process.exit(1);');
  const { exitCode, stdout, stderr } = await project.run('--frontend', 'hello.mjs');
  expect(stderr.trimEnd().split('\n').at(-1)).toBe('"npm run build" in frontend failed with exit code 1.');
  expect(stdout).not.toContain('hello');
  expect(exitCode).toBe(1);
});

test('ends with the exit code of what it ran, and with 128 + n after the signal n', async () => {
  project.write('exits.mjs', 'process.exitCode = 7;');
  project.write('dies.mjs', 'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000);');
  expect((await project.run('exits.mjs')).exitCode).toBe(7);
  expect((await project.run('dies.mjs')).exitCode).toBe(137);
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('forwards %s to what it runs', async (signal) => {
  project.write('waits.mjs', WAITS.replace('SIGTERM', signal));
  const child = project.start('waits.mjs');
  const outcome = outcomeOf(child);
  await once(child.stdout, 'data');
  child.kill(signal);
  expect((await outcome).exitCode).toBe(5);
});

test.skipIf(process.platform === 'win32')(
  'stops what it runs when the shell of the npm script ends',
  async () => {
    project.write('waits.mjs', WAITS);
    const command = `"${process.execPath}" bootstrap/run.mjs waits.mjs; true`;
    const shell = spawn('sh', ['-c', command], { cwd: project.root });
    await once(shell.stdout, 'data');
    shell.kill('SIGKILL');
    expect(await once(shell.stdout, 'data').then(String)).toBe('stopped\n');
  },
);

test('the lock file names Node 24 for each platform, with its checksum', () => {
  const lockFile = readFileSync(join(import.meta.dirname, 'node-24/package-lock.json'), 'utf8');
  const { '': root, ...packages } = JSON.parse(lockFile).packages;
  const platforms = Object.values<Record<string, string>>(packages).map(({ version, integrity, os, cpu }) => {
    expect(version).toMatch(/^24\./);
    expect(integrity).toMatch(/^sha512-/);
    return `${os}-${cpu}`;
  });
  expect(platforms.sort()).toEqual(['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64']);
  expect(Object.keys(packages).length).toBe(Object.keys(root.optionalDependencies).length);
});
