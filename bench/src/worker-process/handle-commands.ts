import type { Request, Response } from './messages.ts';

/** The commands of a worker process. `close` is called before it exits. */
export interface Commands {
  [command: string]: (argument: never) => unknown;
  close(): unknown;
}

/** Executes the commands of `startWorkerProcess`. The process exits when its parent disconnects or dies. */
export function handleCommands<O>(start: (options: O) => Promise<Commands>): void {
  let commands: Promise<Commands> | undefined;

  const execute = async ({ command, argument }: Request): Promise<unknown> => {
    if (command === 'start') {
      commands = start(argument as O);
      await commands;
      return undefined;
    }
    const run = (await commands)?.[command];
    if (!run) throw new Error(`there is no command ${command}`);
    return run(argument as never);
  };

  process.on('message', async (request: Request) => {
    const response = await execute(request).then(
      (result): Response => ({ id: request.id, result }),
      (error): Response => ({
        id: request.id,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    );
    if (process.connected) process.send?.(response);
  });
  process.on('disconnect', async () => {
    await (await commands?.catch(() => undefined))?.close();
    process.exit();
  });
}
