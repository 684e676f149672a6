import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nodePackage } from './node-24.mjs';
import { failsWith, Project } from './testing/project.ts';

const { name, version } = nodePackage(process.platform, process.arch);
const folder = '.cache/node24';

/** npm install that brings the Node of this test as the package. */
const bringsNode = `
  const bin = 'node_modules/${name}/bin';
  mkdirSync(bin, { recursive: true });
  symlinkSync(process.execPath, bin + '/${process.platform === 'win32' ? 'node.exe' : 'node'}');
`;

function install(project: Project) {
  const script = `import('./bootstrap/node-24.mjs').then(
    (m) => m.installNode24(process.cwd()).then((node) => console.log('path ' + node)),
  ).catch((error) => { console.error(error.message); process.exitCode = 1; });`;
  return project.finish(project.start(['-e', script]));
}

test('installs Node for the project, says so, and leaves nothing else behind', async () => {
  const project = new Project(bringsNode);
  const { code, stdout } = await install(project);
  expect(stdout).toContain(`installing ${name}@${version} into .cache/node24`);
  expect(code).toBe(0);
  const path = /^path (.*)$/m.exec(stdout)?.[1] ?? '';
  expect(path).toContain(folder);
  expect(existsSync(path)).toBe(true);
  expect(readdirSync(project.path(folder))).toEqual([`${name}-${version}`]);
});

test('makes good an installation that was interrupted', async () => {
  const project = new Project(bringsNode);
  project.write(`${folder}/draft/node_modules/${name}/bin/half`, '');
  project.write(`${folder}/${name}-${version}/without-a-node`, '');
  expect((await install(project)).code).toBe(0);
  expect(existsSync(project.path(`${folder}/draft`))).toBe(false);
});

test('does not take a Node that does not run for installed', async () => {
  const project = new Project(bringsNode.replace('process.execPath', '"/dev/null"'));
  expect(await install(project)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('does not run here'),
  });
  expect(existsSync(project.path(`${folder}/${name}-${version}`))).toBe(false);
});

test.each(['ENOTFOUND', 'ETARGET'])('says what is needed when npm cannot bring it (%s)', async (failure) => {
  const { stderr, code } = await install(new Project(failsWith(failure)));
  expect(stderr).toContain(`Node 24 (${name}@${version})`);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(1);
});

test('says that there is no Node 24 for a platform that npm does not serve', () => {
  expect(() => nodePackage('freebsd', 'x64')).toThrow(/no Node 24 for freebsd-x64: install Node 24 yourself/);
});
