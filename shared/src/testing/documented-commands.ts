import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { sleep } from '../async/sleep.ts';

/** A command of a document, and what the document says that it prints. */
export interface DocumentedCommand {
  readonly line: number;
  readonly command: string;
  /** `…` stands for any text within a line; alone on a line, for any lines. */
  readonly output: string;
}

/** Where the commands run. */
export interface CommandPlace {
  /** The working directory. */
  cwd: string;
  env?: Readonly<Record<string, string>>;
  /**
   * What to write instead of the addresses in the document, e.g. `{ 'localhost:8080': '127.0.0.1:34567' }`.
   */
  addresses?: Readonly<Record<string, string>>;
}

const FENCED = /^```console ?(.*)\n([\s\S]*?)^```$/gm;
/** How long a command may take, and how long one that only reads is repeated. */
const LIMIT_MS = 20_000;
const PAUSE_MS = 100;

/**
 * The commands in the blocks of a Markdown file that are fenced as `console`: lines after `$ `, each followed
 * by its output. A block that is fenced as `console NAME` is left out, unless it is the block of this system:
 * `embedded` or `compose`.
 */
export function documentedCommands(file: string, system: 'embedded' | 'compose'): DocumentedCommand[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(FENCED)]
    .filter(([, name]) => !name || name === system)
    .flatMap((fence) => {
      const block = fence[2] ?? '';
      const firstLine = text.slice(0, fence.index).split('\n').length + 1;
      return [...block.matchAll(/^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)/gm)].map(
        ([, command = '', output = ''], i, all) => ({
          line: firstLine + block.slice(0, all[i]?.index).split('\n').length - 1,
          command,
          output,
        }),
      );
    });
}

/**
 * Runs the command in bash and compares what it prints. A command that only reads is repeated for a while,
 * because what it reads may take a moment to become visible; one that posts is run once. Rejects with both
 * texts when they differ.
 */
export async function runDocumented(documented: DocumentedCommand, place: CommandPlace): Promise<void> {
  const command = inPlace(documented.command, place);
  const expected = toPattern(inPlace(documented.output, place));
  const deadline = performance.now() + (writes(command) ? 0 : LIMIT_MS);
  for (;;) {
    const printed = await run(command, place);
    if (expected.test(`${printed}\n`)) return;
    if (performance.now() > deadline) {
      throw new Error(
        `line ${documented.line}: ${command}\nprinted\n${printed}\nand not\n${documented.output}`,
      );
    }
    await sleep(PAUSE_MS);
  }
}

/** `curl` with data or another method than GET, and everything that is neither `curl` nor shows files. */
function writes(command: string): boolean {
  return !/^(curl|cat|ls|grep) /.test(command) || / (-X|-d|--data\S*|--request)\b/.test(command);
}

function inPlace(text: string, { addresses = {} }: CommandPlace): string {
  return Object.entries(addresses).reduce((result, [from, to]) => result.replaceAll(from, to), text);
}

function toPattern(output: string): RegExp {
  const lines = output.trimEnd().split('\n');
  const patterns = lines.map((line) =>
    line === '…' ? '(?:.*\n)*' : `${line.split('…').map(RegExp.escape).join('.*')}\n`,
  );
  return new RegExp(`^${patterns.join('')}$`);
}

async function run(command: string, { cwd, env }: CommandPlace): Promise<string> {
  const child = spawn('bash', ['-c', command], {
    cwd,
    env: { ...process.env, ...env },
    timeout: LIMIT_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  await once(child, 'close');
  return printed.trimEnd();
}
