import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from '@meower/shared/process/start-error.ts';

/** The folder cannot be used; the message is a sentence for the person who starts the program. */
export class DataFolderError extends StartError {
  override name = 'DataFolderError';
}

export interface DataFolder {
  path: string;
  release(): void;
}

const SQLITE_BUSY = 5;

/**
 * Creates the folder if it is missing, and reserves it for this process. The lock is one of the operating system's, which frees it however
 * the process ends: neither a crash nor a reused process id leaves the folder locked. Throws `DataFolderError`.
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
  const lock = openLock(path);
  return { path, release: () => lock.close() };
}

/**
 * Node itself offers no file locks, but SQLite takes one (fcntl or LockFileEx) for a transaction that may write. The database stays empty. Its
 * journal is in memory, so the transaction creates no second file.
 */
function openLock(folder: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(folder, 'meower.lock'));
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE');
    return database;
  } catch (cause) {
    database?.close();
    const { errcode, message } = cause as Error & { errcode?: number };
    throw new DataFolderError(
      errcode === SQLITE_BUSY
        ? `The folder ${folder} is in use by another Meower: stop that one, or set DATA_DIR to another folder.`
        : `The folder ${folder} cannot be locked (${message}).`,
      { cause },
    );
  }
}
