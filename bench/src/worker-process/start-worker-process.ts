import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Request, Response } from './messages.ts';

/** A child process that executes commands. Disposing of it ends it. */
interface WorkerProcess extends AsyncDisposable {
  /** Rejects with the command's error, or when the process exits. */
  call<T>(command: string, argument?: unknown): Promise<T>;
}

/** How long a process may take to exit, in milliseconds. */
const EXIT_TIMEOUT_MS = 30_000;

/** Runs a file that calls `handleCommands`, and sends it its options. */
export async function startWorkerProcess(
  file: URL,
  options: unknown,
  nodeArgs: readonly string[] = [],
): Promise<WorkerProcess> {
  const child = fork(file, { execArgv: [...nodeArgs], serialization: 'advanced', env: ownEnvironment() });
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  let count = 0;
  let exitError: Error | undefined;

  child.on('message', ({ id, result, error }: Response) => {
    const call = pending.get(id);
    pending.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new Error(error));
  });
  const exited = once(child, 'exit').then(([code, signal]) => {
    exitError = new Error(`${file.pathname.split('/').at(-1)} exited (${code ?? signal})`);
    for (const call of pending.values()) call.reject(exitError);
  });

  const call = <T>(command: string, argument?: unknown): Promise<T> => {
    if (exitError) return Promise.reject(exitError);
    const response = Promise.withResolvers<unknown>();
    const request: Request = { id: ++count, command, argument };
    pending.set(request.id, response);
    child.send(request);
    // The caller knows what its command returns.
    return response.promise as Promise<T>;
  };

  const end = async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), EXIT_TIMEOUT_MS);
    if (child.connected) child.disconnect();
    await exited;
    clearTimeout(timer);
  };

  try {
    await call('start', options);
  } catch (error) {
    await end();
    throw error;
  }
  return { call, [Symbol.asyncDispose]: end };
}

/** Without the settings of the shell that runs the bench. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, NODE_ENV: 'production' };
}
