import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

/** As Vite's build begins. */
export const EMPTY_DIST = `const fs = require('node:fs');
  fs.rmSync('dist', { recursive: true, force: true });
  fs.mkdirSync('dist');`;

/** A project with our bootstrap, one package and a page that is built by copying a file. Its npm is the real one. */
export class SmallProject {
  readonly root = mkdtempSync(join(tmpdir(), 'meower bootstrap '));

  constructor() {
    for (const file of globSync(join(import.meta.dirname, '../*.mjs')))
      cpSync(file, this.path(`bootstrap/${basename(file)}`));
    this.write('hello.mjs', `import cat from 'cat'; console.log('hello', cat, ...process.argv.slice(2));`);
    this.write('frontend/package.json', '{ "name": "frontend", "scripts": { "build": "node build.cjs" } }');
    this.write('frontend/build.cjs', `${EMPTY_DIST} fs.copyFileSync('page.html', 'dist/page.html');`);
    this.write('frontend/page.html', 'purr');
    for (const path of [
      'shared/src/meow.ts',
      'client/src/client.ts',
      'docs/openapi.json',
      'docs/asyncapi.json',
    ])
      this.write(path, '');
    this.lockCat('1.0.0');
  }

  path(path: string): string {
    return join(this.root, path);
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), content);
  }

  /** Makes that version of the package `cat`, which exports its version, the one in package-lock.json. */
  lockCat(version: string): void {
    this.write('cat/package.json', JSON.stringify({ name: 'cat', version, main: 'cat.cjs' }));
    this.write('cat/cat.cjs', `module.exports = '${version}';`);
    this.#npm('pack', '--silent', './cat');
    const dependencies = { cat: `file:cat-${version}.tgz` };
    this.write('package.json', JSON.stringify({ name: 'small', workspaces: ['frontend'], dependencies }));
    this.#npm('install', '--package-lock-only', '--offline');
  }

  #npm(...args: string[]): void {
    execFileSync('npm', args, { cwd: this.root, stdio: ['ignore', 'ignore', 'inherit'] });
  }

  start(...args: string[]) {
    return spawn(process.execPath, ['bootstrap/run.mjs', ...args], { cwd: this.root });
  }

  /** `node bootstrap/run.mjs …` to its end. */
  run(...args: string[]): Promise<Outcome> {
    return outcomeOf(this.start(...args));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export type Outcome = { exitCode: number | null; stdout: string; stderr: string };

export async function outcomeOf(child: ReturnType<SmallProject['start']>): Promise<Outcome> {
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { exitCode, stdout, stderr };
}
