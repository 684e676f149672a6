import { runForwarding, withNodeOnPath } from './exec.mjs';
import { SetupError, sentenceForNpm } from './failure.mjs';

const settings = [
  '--no-audit',
  '--no-fund',
  // `npm --silent start` hands its silence on, and with it the reason of a failure would be lost.
  '--loglevel=notice',
  // Without network npm gives up after 13 s instead of its usual 70.
  '--fetch-retries=3',
  '--fetch-retry-factor=3',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=10000',
];

/**
 * Runs npm and shows what it says. A failure that we can explain is one sentence and nothing else.
 *
 * @param {string[]} args
 * @param {{ node: string, root: string, cwd?: string, wanted: string }} run `wanted`: what npm is to bring
 */
export async function runNpm(args, { node, root, cwd = root, wanted }) {
  const { command, before, shell } = npmCommand(process.env, node);
  const started = Date.now();
  const pulse = setInterval(() => {
    console.log(`  … still at it after ${Math.round((Date.now() - started) / 1000)} s`);
  }, 15_000);
  let said = '';
  try {
    const code = await runForwarding(command, [...before, ...args, ...settings], {
      cwd,
      shell,
      env: withNodeOnPath(node),
      onStderr: (text) => {
        said += text;
      },
    });
    if (code === 0) process.stderr.write(said);
    else
      throw new SetupError(sentenceForNpm(said, wanted, root) ?? `${said}npm ended with exit code ${code}.`);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
    throw new SetupError(
      `npm was not found, and ${wanted} must be installed with it: install npm (it comes with Node).`,
    );
  } finally {
    clearInterval(pulse);
  }
}

/**
 * The npm that started us, else the one on PATH.
 *
 * @param {Record<string, string | undefined>} env
 * @param {string} node
 */
export function npmCommand(env, node) {
  const script = env.npm_execpath ?? '';
  // yarn and pnpm put themselves there too.
  if (/npm-cli\.[cm]?js$/.test(script)) return { command: node, before: [script], shell: false };
  const windows = process.platform === 'win32';
  return { command: windows ? 'npm.cmd' : 'npm', before: [], shell: windows };
}
