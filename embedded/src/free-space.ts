import { statfs } from 'node:fs/promises';
import { runInBackground } from '@meower/shared/async/background-task.ts';
import type { Closable } from '@meower/shared/async/closable.ts';
import { createPeriodicTask } from '@meower/shared/async/periodic-task.ts';
import { type MeowRepository, StorageFullError } from '@meower/shared/db/meow-repository.ts';
import type { Logger } from '@meower/shared/process/logger.ts';

/** Below this PGlite must not write: on a full disk it repeats a failed write for ever. */
const MIN_FREE_BYTES = 128 * 1024 * 1024;
/** Far less than the minimum can be written in this time. */
const INTERVAL_MS = 1000;

interface FreeSpace extends Closable {
  readonly isLow: boolean;
}

interface FreeSpaceOptions {
  logger: Logger;
  /** Bytes that may be written below a folder. */
  freeBytes?: (folder: string) => Promise<number>;
}

/**
 * Watches how much may be written below a folder, and logs when that becomes too little and when it is enough
 * again.
 */
export async function watchFreeSpace(
  folder: string,
  { logger, freeBytes = freeBytesOf }: FreeSpaceOptions,
): Promise<FreeSpace> {
  let isLow = false;
  const look = async () => {
    const bytes = await freeBytes(folder);
    const wasLow = isLow;
    isLow = bytes < MIN_FREE_BYTES;
    if (isLow && !wasLow)
      logger.error(
        `Only ${megabytes(bytes)} are free in ${folder}: no meows are stored below ${megabytes(MIN_FREE_BYTES)}`,
      );
    if (wasLow && !isLow) logger.warn(`${megabytes(bytes)} are free in ${folder}: meows are stored again`);
  };
  await look();
  const task = createPeriodicTask(look, { what: 'look at the free space', logger, intervalMs: INTERVAL_MS });
  const background = runInBackground((signal) => task.run(signal));
  return {
    get isLow() {
      return isLow;
    },
    close: () => background.close(),
  };
}

export async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 / 1024)} MB`;
}

/** The repository, whose inserts reject with `StorageFullError` while there is too little space. */
export function refuseWhenLow(repository: MeowRepository, space: FreeSpace): MeowRepository {
  return {
    ...repository,
    async insertMeows(entries, options) {
      if (space.isLow) throw new StorageFullError('the disk is nearly full');
      return repository.insertMeows(entries, options);
    },
  };
}
