import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Closable } from '../async/closable.ts';
import { errorCode } from '../process/error-details.ts';

const fileIn = (dataDir: string) => join(dataDir, 'metrics-url');
const ALL_ADDRESSES = /^(0\.0\.0\.0|::)$/;

/** Writes down in a data folder where its process answers operators, until it is closed. */
export async function writeMetricsUrl(
  dataDir: string,
  { host, port }: { host: string; port: number },
): Promise<Closable> {
  const file = fileIn(dataDir);
  await writeFile(file, `http://${host.replace(ALL_ADDRESSES, '127.0.0.1')}:${port}\n`);
  return { close: () => rm(file, { force: true }) };
}

/**
 * Where the process of a data folder answers operators; undefined if it has ended. After a crash the URL is that of
 * the process that has crashed.
 */
export function readMetricsUrl(dataDir: string): string | undefined {
  try {
    return readFileSync(fileIn(dataDir), 'utf8').trim();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
