// npm run dead -- list           the events that could not be handled, and why
// npm run dead -- retry SEQ…     hands them out again (all: retry every one)
// npm run dead -- drop SEQ…      forgets them (all: every one)

import { openBroker, print } from '@meower/shared/admin/dependencies.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { StartError } from '@meower/shared/process/start-error.ts';
import { loadConfig } from '../config.ts';

await runCommand('dead', async (signal, [verb = '', ...seqs]) => {
  if (!['list', 'retry', 'drop'].includes(verb))
    throw new StartError('usage: dead list | retry SEQ… | drop SEQ… (all instead of SEQ: every one)');
  await using opened = new AsyncDisposableStack();
  const { deadLetters } = await openBroker(loadConfig().nats, opened, signal);
  if (verb === 'list') {
    for (const { seq, id, reason, origin, rejectedAt, payload } of await deadLetters.list()) {
      print(
        `${seq}\t${rejectedAt}\t${origin.topic}#${origin.seq}\t${id}\t${reason}\t${Buffer.from(payload).toString().slice(0, 300)}\n`,
      );
    }
    print(`${await deadLetters.count()} dead letters\n`);
    return 0;
  }
  const chosen = seqs[0] === 'all' ? (await deadLetters.list()).map(({ seq }) => seq) : seqs.map(toSeq);
  if (chosen.length === 0 && seqs[0] !== 'all')
    throw new StartError(`which ones? ${verb} SEQ… or ${verb} all`);
  for (const seq of chosen) {
    await (verb === 'retry' ? deadLetters.retry(seq) : deadLetters.drop(seq));
    print(`${verb === 'retry' ? 'handed out again' : 'dropped'}: ${seq}\n`);
  }
  return 0;
});

function toSeq(text: string): number {
  const seq = Number(text);
  if (!Number.isSafeInteger(seq) || seq < 1)
    throw new StartError(`"${text}" is not the number of a dead letter`);
  return seq;
}
