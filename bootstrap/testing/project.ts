import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

const lock = { packages: { '': {}, 'node_modules/cat': { version: '1.0.0', integrity: 'sha512-cat' } } };

/** A fake npm in the place where the real one tells its children that it is. */
const npm = 'npm/npm-cli.js';

/**
 * A project in a temporary folder with our bootstrap, one locked package and, in place of npm, a script that writes its
 * arguments to `npm.log` and does what the test wants.
 */
export class Project {
  readonly root: string;

  constructor(onNpm = installsAll) {
    this.root = mkdtempSync(join(tmpdir(), 'meower bootstrap '));
    onTestFinished(() => rmSync(this.root, { recursive: true, force: true }));
    cpSync(join(import.meta.dirname, '..'), join(this.root, 'bootstrap'), { recursive: true });
    this.write('package-lock.json', JSON.stringify(lock));
    this.write('main.mjs', 'console.log("hello", ...process.argv.slice(2));');
    this.write('frontend/index.html', '<cat>');
    this.write('shared/src/schema/meow.ts', 'export {};');
    this.write(
      npm,
      `const { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
      appendFileSync(${JSON.stringify(this.path('npm.log'))}, process.argv[2] + '\\n');
      ${onNpm}`,
    );
  }

  path(path: string): string {
    return join(this.root, path);
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), content);
  }

  /** The first words of the calls of npm so far. */
  npmCalls(): string[] {
    return existsSync(this.path('npm.log'))
      ? readFileSync(this.path('npm.log'), 'utf8').trim().split('\n')
      : [];
  }

  start(args: string[], env: Record<string, string> = {}) {
    const given = { PATH: process.env.PATH, npm_execpath: this.path(npm), ...env };
    return spawn(process.execPath, args, { cwd: this.root, env: given, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** `node bootstrap/run.mjs …` to its end. */
  run(...args: string[]) {
    return this.finish(this.start(['bootstrap/run.mjs', ...args]));
  }

  async finish(child: ReturnType<Project['start']>) {
    const output = { code: -1, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    const [code] = await once(child, 'close');
    return { ...output, code };
  }
}

/** npm ci and npm run build as they should be. */
export const installsAll = `
  if (process.argv[2] === 'ci') {
    mkdirSync('node_modules', { recursive: true });
    writeFileSync('node_modules/.package-lock.json', ${JSON.stringify(JSON.stringify(lock))});
  } else if (process.argv[2] === 'run') {
    mkdirSync('frontend/dist', { recursive: true });
    writeFileSync('frontend/dist/index.html', '<built cat>');
  }
`;

/** npm that prints an error of the given code as the real one does. */
export function failsWith(code: string): string {
  return `console.error('npm error code ${code}\\nnpm error more of it'); process.exitCode = 1;`;
}
