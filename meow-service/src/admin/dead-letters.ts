// npm run dead -- list                the messages that groups rejected, and why
// npm run dead -- retry POSITION…     delivers each to the group that rejected it (all: every one)
// npm run dead -- drop POSITION…      deletes them (all: every one)

import { openBroker, print } from '@meower/shared/admin/dependencies.ts';
import type { DeadLetter } from '@meower/shared/message/capabilities.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { StartError } from '@meower/shared/process/start-error.ts';
import { loadConfig } from '../config.ts';

await runCommand('dead', async (signal, [verb = '', ...positions]) => {
  if (!['list', 'retry', 'drop'].includes(verb))
    throw new StartError(
      'usage: dead list | retry POSITION… | drop POSITION… (all instead of POSITION: every one)',
    );
  await using opened = new AsyncDisposableStack();
  const { deadLetters } = await openBroker(loadConfig().nats, opened, signal);
  if (verb === 'list') {
    for (const letter of await deadLetters.list()) print(lineOf(letter));
    print(`${await deadLetters.count()} dead letters\n`);
    return 0;
  }
  const all = positions[0] === 'all';
  const chosen = all ? (await deadLetters.list()).map(({ position }) => position) : positions;
  if (chosen.length === 0 && !all) throw new StartError(`which ones? ${verb} POSITION… or ${verb} all`);
  for (const position of chosen) {
    await (verb === 'retry' ? deadLetters.retry(position) : deadLetters.drop(position));
    print(`${verb === 'retry' ? 'delivered again' : 'dropped'}: ${position}\n`);
  }
  return 0;
});

function lineOf({ position, group, reason, attempts, rejectedAt, origin, id, payload }: DeadLetter): string {
  const from = `${origin.topic}#${origin.position}`;
  const tried = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  const text = Buffer.from(payload).toString().slice(0, 300);
  // Of letters that earlier versions stored, the group is not known.
  return `${[position, group || 'all groups', age(rejectedAt), tried, from, id, reason, text].join('\t')}\n`;
}

function age(since: Date): string {
  const minutes = Math.round((Date.now() - since.getTime()) / 60_000);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}
