// npm run dead -- list           the dead letters: events that could not be handled, and why
// npm run dead -- retry SEQ…     delivers them again (all: every one)
// npm run dead -- drop SEQ…      deletes them (all: every one)

import { openBroker, print } from '@meower/shared/admin/dependencies.ts';
import type { DeadLetters } from '@meower/shared/message/broker.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { StartError } from '@meower/shared/process/start-error.ts';
import { loadConfig } from '../config.ts';

const USAGE = 'usage: dead list | retry SEQ… | drop SEQ… (all instead of SEQ: every one)';
/** A payload is printed up to this length. */
const MAX_PAYLOAD = 300;

await runCommand('dead', async (signal, [verb = '', ...args]) => {
  if (!['list', 'retry', 'drop'].includes(verb)) throw new StartError(USAGE);
  await using opened = new AsyncDisposableStack();
  const { deadLetters } = await openBroker(loadConfig().nats, opened, signal);
  if (verb === 'list') {
    await list(deadLetters);
    return 0;
  }
  for (const seq of await chosen(deadLetters, args)) {
    await (verb === 'retry' ? deadLetters.retry(seq) : deadLetters.drop(seq));
    print(`${verb === 'retry' ? 'delivered again' : 'deleted'}: ${seq}\n`);
  }
  return 0;
});

async function list(deadLetters: DeadLetters): Promise<void> {
  for (const { seq, id, reason, origin, rejectedAt, payload } of await deadLetters.list()) {
    const text = Buffer.from(payload).toString().slice(0, MAX_PAYLOAD);
    print(`${seq}\t${rejectedAt}\t${origin.topic}#${origin.seq}\t${id}\t${reason}\t${text}\n`);
  }
  print(`${await deadLetters.count()} dead letters\n`);
}

async function chosen(deadLetters: DeadLetters, args: readonly string[]): Promise<number[]> {
  if (args[0] === 'all') return (await deadLetters.list()).map(({ seq }) => seq);
  if (args.length === 0) throw new StartError(USAGE);
  return args.map(toSeq);
}

function toSeq(arg: string): number {
  const seq = Number(arg);
  if (!Number.isSafeInteger(seq) || seq < 1)
    throw new StartError(`"${arg}" is not the number of a dead letter`);
  return seq;
}
