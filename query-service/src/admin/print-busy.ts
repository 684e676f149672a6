import { print } from '@meower/shared/admin/dependencies.ts';

/** Reports what a command waits for, see `indexAll`. */
export function printBusy(meows: number, reason: string, retryInMs: number): void {
  const seconds = Math.ceil(retryInMs / 1000);
  print(`Elasticsearch is too busy for ${meows} meows (${reason}), trying again in ${seconds} s\n`);
}
