import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Target } from './client.ts';

const ATTACKERS = new URL('attackers.ts', import.meta.url);

export interface RunningAttack extends AsyncDisposable {
  /** Why it has ended already: it has seen an answer that there must not be. */
  readonly failure: string | undefined;
}

/** Starts an attack in a process of its own; resolves when it has started. Disposing of it ends it. */
export async function startAttack(
  { url, forwarded }: Target,
  name: string,
  seed: number,
): Promise<RunningAttack> {
  const args = [url.href, name, String(seed), ...(forwarded ? ['forwarded'] : [])];
  const child = fork(ATTACKERS, args, {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    execArgv: [],
    // Has a session, and so a priority, of its own; see attackers.ts.
    detached: true,
  });
  let failure: string | undefined;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    failure = (failure ?? '') + text;
  });
  const closed = once(child, 'close');
  const started = once(child, 'message');
  await Promise.race([started, closed]);
  return {
    get failure() {
      return child.exitCode === null ? undefined : (failure ?? `the attackers ended: ${child.exitCode}`);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
