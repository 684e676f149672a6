import { existsSync } from 'node:fs';
import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Closable } from '../async/closable.ts';
import { errorCode, errorMessage } from './error-details.ts';
import { StartError } from './start-error.ts';

/** The folder cannot be used. The message is a sentence for the user. */
export class DataFolderError extends StartError {
  override name = 'DataFolderError';
}

/** Closing it ends the lock. */
interface DataFolder extends Closable {
  path: string;
}

const SQLITE_BUSY = 5;

/**
 * Creates the folder if it is missing, and locks it for this process. The operating system releases the lock
 * however the process ends: neither a crash nor a reused process id leaves the folder locked. Throws
 * `DataFolderError`.
 */
export async function claimDataFolder(path: string): Promise<DataFolder> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new DataFolderError(
      `The folder ${path} cannot be written to (${errorCode(cause)}): set DATA_DIR to another folder.`,
      { cause },
    );
  }
  const lock = openLock(path);
  try {
    checkDatabase(join(path, 'postgres'));
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    path,
    async close() {
      if (lock.isOpen) lock.close();
    },
  };
}

/**
 * PGlite creates an empty database where PG_VERSION is missing, also over the tables of another. Its own
 * creation writes that file before the control file.
 */
function checkDatabase(folder: string): void {
  if (existsSync(join(folder, 'global/pg_control')) && !existsSync(join(folder, 'PG_VERSION')))
    throw new DataFolderError(
      `The database in ${folder} is damaged (PG_VERSION is missing): restore it from a backup, or set DATA_DIR to another folder.`,
    );
}

/**
 * Node has no file locks, but SQLite locks the database file (fcntl or LockFileEx) for a transaction that may
 * write. The database stays empty, and its journal in memory: no second file is created.
 */
function openLock(folder: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(folder, 'meower.lock'));
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE');
    return database;
  } catch (cause) {
    database?.close();
    throw new DataFolderError(
      cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY
        ? `The folder ${folder} is in use by another process: stop that one, or set DATA_DIR to another folder.`
        : `The folder ${folder} cannot be locked (${errorMessage(cause)}).`,
      { cause },
    );
  }
}
