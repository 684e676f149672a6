import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { failsWith, installsAll, Project } from './testing/project.ts';

test('installs the packages on the first start and says so, and is quiet afterwards', async () => {
  const project = new Project();
  const first = await project.run('main.mjs', 'one', 'two words');
  expect(first).toEqual({
    code: 0,
    stdout: 'Installing the packages of package-lock.json (npm ci) …\nhello one two words\n',
    stderr: '',
  });
  expect(await project.run('main.mjs')).toEqual({ code: 0, stdout: 'hello\n', stderr: '' });
  expect(project.npmCalls()).toEqual(['ci']);
});

test('installs again when the lock file names another version', async () => {
  const project = new Project();
  await project.run('main.mjs');
  const lock = { packages: { 'node_modules/cat': { version: '2.0.0' } } };
  project.write('package-lock.json', JSON.stringify(lock));
  await project.run('main.mjs');
  expect(project.npmCalls()).toEqual(['ci', 'ci']);
});

test('installs once when two start at the same time, the other saying that it waits', async () => {
  const untilWaitedFor = `const { existsSync } = require('node:fs'); while (!existsSync('waited-for'));`;
  const project = new Project(`${untilWaitedFor} ${installsAll}`);
  const both = [
    project.start(['bootstrap/run.mjs', 'main.mjs']),
    project.start(['bootstrap/run.mjs', 'main.mjs']),
  ];
  for (const child of both) {
    child.stdout.on('data', (text: Buffer) => {
      if (text.includes('Waiting for another process')) project.write('waited-for', '');
    });
  }
  const ends = await Promise.all(both.map((child) => project.finish(child)));
  expect(ends.map((end) => end.code)).toEqual([0, 0]);
  expect(project.npmCalls()).toEqual(['ci']);
});

test('takes over the set-up of a process that has died', async () => {
  const project = new Project();
  const dead = project.start(['-e', '']);
  await once(dead, 'close');
  project.write('.cache/set-up.lock', String(dead.pid));
  const { code, stdout } = await project.run('main.mjs');
  expect(code).toBe(0);
  expect(stdout).not.toContain('Waiting');
});

test('builds the front end when asked to, and again only when its sources have changed', async () => {
  const project = new Project();
  await project.run('main.mjs');
  expect(project.npmCalls()).toEqual(['ci']);
  await project.run('--frontend', 'main.mjs');
  await project.run('--frontend', 'main.mjs');
  expect(project.npmCalls()).toEqual(['ci', 'run']);
  project.write('frontend/src/new.ts', 'export {};');
  const third = await project.run('--frontend', 'main.mjs');
  expect(third.stdout).toBe('Building the front end …\nhello\n');
  expect(project.npmCalls()).toEqual(['ci', 'run', 'run']);
});

test('runs the command of a package on the same Node', async () => {
  const project = new Project();
  await project.run('main.mjs');
  mkdirSync(project.path('node_modules/.bin'));
  writeFileSync(project.path('node_modules/.bin/purr'), 'exec node  "$basedir/../cat/purr.js" "$@"');
  project.write('node_modules/cat/purr.js', 'console.log("purr", ...process.argv.slice(2));');
  expect((await project.run('--bin', 'purr', '-x')).stdout).toBe('purr -x\n');
  expect((await project.run('--bin', 'bark')).stderr).toBe('No installed package has a command "bark".\n');
});

test.each([
  ['ENOTFOUND', 'The npm registry could not be reached (ENOTFOUND)'],
  ['EROFS', 'make the folder writable'],
  ['ENOSPC', 'is full (ENOSPC)'],
])('explains an npm that failed with %s in one sentence', async (code, sentence) => {
  const { stderr, code: exit } = await new Project(failsWith(code)).run('main.mjs');
  expect(stderr).toContain(sentence);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(exit).toBe(1);
});

test('shows all that npm said when it fails for an unknown reason', async () => {
  const { stderr, code } = await new Project(failsWith('EWHATEVER')).run('main.mjs');
  expect(stderr).toBe('npm error code EWHATEVER\nnpm error more of it\nnpm ended with exit code 1.\n');
  expect(code).toBe(1);
});

test('says that npm is missing', async () => {
  const project = new Project();
  const empty = { PATH: project.path('shared'), npm_execpath: '' };
  const { stderr, code } = await project.finish(project.start(['bootstrap/run.mjs', 'main.mjs'], empty));
  expect(stderr).toBe(
    'npm was not found, and the packages of Meower must be installed with it: install npm (it comes with Node).\n',
  );
  expect(code).toBe(1);
});

test('says that the folder cannot be written to', async () => {
  const project = new Project();
  project.write('.cache', 'a file where a folder should be');
  const { stderr, code } = await project.run('main.mjs');
  expect(stderr).toContain('make the folder writable');
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(1);
});

test('keeps the exit code of what it ran, and makes 128 + n of the signal n', async () => {
  const project = new Project();
  project.write('exits.mjs', 'process.exitCode = 7;');
  project.write('dies.mjs', 'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000);');
  expect((await project.run('exits.mjs')).code).toBe(7);
  expect((await project.run('dies.mjs')).code).toBe(137);
});

test.each(['SIGTERM', 'SIGINT'] as const)('hands %s on to what it runs', async (signal) => {
  const project = new Project();
  await project.run('main.mjs');
  project.write(
    'waits.mjs',
    `process.on('${signal}', () => process.exit(5)); setInterval(() => {}, 1000); console.log('up');`,
  );
  const child = project.start(['bootstrap/run.mjs', 'waits.mjs']);
  const finished = project.finish(child);
  await once(child.stdout, 'data');
  child.kill(signal);
  expect((await finished).code).toBe(5);
});
