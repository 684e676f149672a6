import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Answer, Request } from './messages.ts';

/** A process of its own that carries out commands. */
export interface Child extends AsyncDisposable {
  /** Rejects with the command's error, or when the process ends. */
  call<T>(command: string, argument?: unknown): Promise<T>;
}

/** How long a process may take to end by itself, in milliseconds. */
const END_TIMEOUT_MS = 30_000;

/** Starts a file that calls `runCommands`, and gives it its options. */
export async function startChild(
  file: URL,
  options: unknown,
  nodeArgs: readonly string[] = [],
): Promise<Child> {
  const child = fork(file, { execArgv: [...nodeArgs], serialization: 'advanced', env: withoutSettings() });
  const open = new Map<number, PromiseWithResolvers<unknown>>();
  let count = 0;
  let ended: Error | undefined;

  child.on('message', ({ id, result, error }: Answer) => {
    const call = open.get(id);
    open.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new Error(error));
  });
  const exit = once(child, 'exit').then(([code, signal]) => {
    ended = new Error(`${file.pathname.split('/').at(-1)} ended (${code ?? signal})`);
    for (const call of open.values()) call.reject(ended);
  });

  const call = <T>(command: string, argument?: unknown): Promise<T> => {
    if (ended) return Promise.reject(ended);
    const answer = Promise.withResolvers<unknown>();
    const request: Request = { id: ++count, command, argument };
    open.set(request.id, answer);
    child.send(request);
    return answer.promise as Promise<T>;
  };

  const end = async () => {
    const deadline = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS);
    if (child.connected) child.disconnect();
    await exit;
    clearTimeout(deadline);
  };

  try {
    await call('start', options);
  } catch (error) {
    await end();
    throw error;
  }
  return { call, [Symbol.asyncDispose]: end };
}

/** The settings of whoever runs the bench are not those of what is measured. */
function withoutSettings(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, NODE_ENV: 'production' };
}
