import { openAsBlob, readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One for each version of PGlite, next to the compile cache. */
function cacheFile(): string {
  const manifest = new URL('../package.json', import.meta.resolve('@electric-sql/pglite'));
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  const folder = new URL('../../../node_modules/.cache/meower/', import.meta.url);
  return fileURLToPath(new URL(`pglite-${version}.tar`, folder));
}

/** The files of a database that PGlite has just created, if one was written. */
export async function readEmptyDatabase(): Promise<Blob | undefined> {
  try {
    return await openAsBlob(cacheFile());
  } catch {
    return undefined;
  }
}

/** Does nothing where the folder is not writable: then every database is created from the beginning. */
export async function writeEmptyDatabase(files: Blob): Promise<void> {
  const file = cacheFile();
  const temporary = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(temporary, files.stream());
    await rename(temporary, file);
  } catch {
    // A cache only.
  }
}
