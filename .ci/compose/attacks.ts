import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FEW, fill } from '../../attacks/src/fill.ts';
import { baseUrl } from './requests.ts';

const ATTACKS = join(import.meta.dirname, '../../attacks/src/main.ts');
/** The others need more than the two cores that all containers and the attackers share in CI. */
const NAMES = ['compressed bodies', 'a flood of posts', 'old cursors'];
const OPTIONS = ['--url', baseUrl, '--seconds', '2'];
const TIMEOUT_MS = 180_000;

/** A few attacks of `npm run test:attack` on the project that runs, with the limits of a deployment. */
export async function checkAttacks(up: (service: string) => Promise<void>): Promise<void> {
  await fill(new URL(baseUrl), FEW);
  const before = { ...process.env };
  for (const name of Object.keys(before)) if (name.startsWith('LIMIT_')) delete process.env[name];
  // Attackers and users come from one address, and name others.
  process.env.TRUSTED_PROXY = '0.0.0.0/0';
  await up('nginx');
  const run = promisify(execFile)(process.execPath, [ATTACKS, ...OPTIONS, ...NAMES], { timeout: TIMEOUT_MS });
  const { stdout } = await run.catch((error: Error & { stdout: string }) => {
    throw new Error(error.stdout, { cause: error });
  });
  console.log(stdout.replace(/^(?=.)/gm, '        '));
  process.env = before;
}
