// npm run test:attack              attacks an embedded Meower while honest users go on; 1.5 minutes
//   -- NAME…                       only these attacks
//   -- --url URL                   attacks a compose project instead (TRUSTED_PROXY=0.0.0.0/0)
//   -- --seconds N                 length of each attack (default 3)
//   -- --seed N                    repeats the random bytes of an earlier run
import { parseArgs } from 'node:util';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { StartError } from '@meower/shared/process/start-error.ts';
import { attacks } from './attacks.ts';
import { Campaign } from './campaign.ts';
import type { Target } from './client.ts';
import { composeTarget } from './compose.ts';
import { startEmbedded } from './embedded.ts';

await runCommand('test:attack', async (signal, args) => {
  const options = { url: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const { url, seconds = '3', seed = String(Date.now() % 1e9) } = values;
  const names = positionals.length > 0 ? positionals : Object.keys(attacks);
  const unknown = names.filter((name) => !(name in attacks));
  if (unknown.length > 0)
    throw new StartError(
      `there is no attack ${unknown.join(', ')}; there are ${Object.keys(attacks).join(', ')}`,
    );
  const attackAll = async (target: Target) => {
    console.log(`Seed ${seed}`);
    const campaign = await Campaign.begin(target, signal);
    let passed = 0;
    for (const name of names) {
      signal.throwIfAborted();
      if (await campaign.withstands(name, Number(seconds) * 1000, Number(seed))) passed++;
    }
    campaign.end();
    console.log(`attacks: ${passed} passed, ${names.length - passed} failed`);
    return passed === names.length ? 0 : 1;
  };
  if (url) return attackAll(await composeTarget(url));
  await using embedded = await startEmbedded();
  return await attackAll(embedded);
});
process.exit();
