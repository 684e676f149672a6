import type { Answer, Request } from './messages.ts';

/** What a process can be told to do. `close` is called before it ends. */
export interface Commands {
  [command: string]: (argument: never) => unknown;
  close(): unknown;
}

/** The life of a process that `startChild` has started: it ends when its parent lets go of it, or is gone. */
export function runCommands<O>(start: (options: O) => Promise<Commands>): void {
  let commands: Promise<Commands> | undefined;

  const carryOut = async ({ command, argument }: Request): Promise<unknown> => {
    if (command === 'start') {
      commands = start(argument as O);
      await commands;
      return undefined;
    }
    const act = (await commands)?.[command];
    if (!act) throw new Error(`there is no command ${command}`);
    return act(argument as never);
  };

  process.on('message', async (request: Request) => {
    let answer: Answer;
    try {
      answer = { id: request.id, result: await carryOut(request) };
    } catch (error) {
      answer = {
        id: request.id,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      };
    }
    if (process.connected) process.send?.(answer);
  });
  process.on('disconnect', async () => {
    await (await commands?.catch(() => undefined))?.close();
    process.exit();
  });
}
