// npm run test:attack              attacks an embedded Meower while honest users go on; 1.5 minutes
//   -- NAME…                       only these attacks
//   -- --short                     half a minute: five of the attacks
//   -- --url URL                   attacks a compose project instead (TRUSTED_PROXY=0.0.0.0/0)
//   -- --seconds N                 length of each attack (default 3)
//   -- --seed N                    repeats the random bytes of an earlier run
import { parseArgs } from 'node:util';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { StartError } from '@meower/shared/process/start-error.ts';
import { ResultCounter } from '../../test-runner/result-counter.ts';
import { attacks, SHORT } from './attacks.ts';
import { Campaign } from './campaign.ts';
import type { Target } from './client.ts';
import { composeTarget } from './compose.ts';
import { startEmbedded } from './embedded.ts';
import { FEW, MANY } from './fill.ts';

await runCommand('test:attack', async (signal, args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean' },
      url: { type: 'string' },
      seconds: { type: 'string', default: '3' },
      seed: { type: 'string', default: String(Date.now() % 1e9) },
    },
    allowPositionals: true,
  });
  const { short = false, url, seconds, seed } = values;
  const all = short ? SHORT : Object.keys(attacks);
  const names = positionals.length > 0 ? positionals : all;
  const unknown = names.filter((name) => !(name in attacks));
  if (unknown.length > 0)
    throw new StartError(
      `there is no attack ${unknown.join(', ')}; there are ${Object.keys(attacks).join(', ')}`,
    );
  const attackAll = async (target: Target) => {
    console.log(`Seed ${seed}`);
    const campaign = await Campaign.begin(target, signal);
    const results = new ResultCounter();
    for (const name of names) {
      signal.throwIfAborted();
      const verdict = await campaign.withstands(name, Number(seconds) * 1000, Number(seed));
      results.add(verdict.figures, verdict.holds);
      for (const failure of verdict.failures) console.log(`    ${failure}`);
    }
    campaign.end();
    return results.finish('attacks');
  };
  if (url) return attackAll(await composeTarget(url));
  await using embedded = await startEmbedded(short ? FEW : MANY);
  return await attackAll(embedded);
});
process.exit();
