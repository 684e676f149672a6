// What an operator does to a deployment, and what happens to it: .ci/operations-smoke [NAME…]. Prints a table.
import { check, summary } from './checks.ts';
import { commands } from './operations/commands.ts';
import { disks } from './operations/disks.ts';
import { failures } from './operations/failures.ts';
import { memory } from './operations/memory.ts';
import { refusals } from './operations/refusals.ts';
import { restores } from './operations/restores.ts';
import { settings } from './operations/settings.ts';
import { up } from './operations/stack.ts';
import { streams } from './operations/streams.ts';
import { saveTable, type Trials } from './operations/table.ts';
import { upgrades } from './operations/upgrades.ts';

const onRunning: Trials = {
  ...commands,
  ...settings,
  ...failures,
  ...streams,
  ...restores,
  ...refusals,
  ...memory,
};
/** These start the deployment themselves. */
const startingAnew: Trials = { ...upgrades, ...disks };

const chosen = process.argv.slice(3);
for (const [name, trial] of Object.entries({ ...onRunning, ...startingAnew })) {
  if (chosen.length > 0 && !chosen.some((part) => name.includes(part))) continue;
  const before = { ...process.env };
  await check(name, async () => {
    if (name in onRunning) await up();
    await trial();
  });
  process.env = before;
}
await saveTable();
process.exitCode = summary() ? 0 : 1;
