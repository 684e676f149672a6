import { createHash } from 'node:crypto';
import { access, constants, mkdir, realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from '@meower/shared/process/start-error.ts';

/** The folder cannot be used; the message is a sentence for whoever started the program. */
export class DataFolderError extends StartError {
  override name = 'DataFolderError';
}

export interface DataFolder {
  path: string;
  release(): Promise<void>;
}

/** The system's limit for the path of a socket is 104 to 108 bytes. */
const MAX_SOCKET_PATH = 100;

/**
 * Creates the folder if it is missing, and keeps it for this process. The lock is a socket that this process listens on: the system frees
 * it however the process ends, so that neither a crash nor a reused process id can leave it locked. Throws `DataFolderError`.
 */
export async function claimDataFolder(path: string): Promise<DataFolder> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new DataFolderError(
      `The folder ${path} cannot be written to (${(cause as NodeJS.ErrnoException).code}): set DATA_DIR to one that can.`,
      { cause },
    );
  }
  const server = await claim(await lockPath(path), path);
  return {
    path,
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function lockPath(folder: string): Promise<string> {
  const name = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\meower-${name}`;
  const inside = join(folder, 'lock');
  return Buffer.byteLength(inside) <= MAX_SOCKET_PATH ? inside : join(tmpdir(), `meower-${name}.lock`);
}

async function claim(lock: string, folder: string): Promise<Server> {
  try {
    return await listenOn(lock);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
      throw new DataFolderError(`The folder ${folder} cannot be locked (${(cause as Error).message}).`, {
        cause,
      });
    }
  }
  if (await someoneAnswers(lock)) {
    throw new DataFolderError(
      `The folder ${folder} is in use by another Meower: stop that one, or set DATA_DIR to another folder.`,
    );
  }
  // The one who listened there is dead.
  await rm(lock, { force: true });
  return listenOn(lock);
}

function listenOn(lock: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(lock, () => resolve(server.unref()));
  });
}

function someoneAnswers(lock: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(lock);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
