import { readFile } from 'node:fs/promises';

/** The statements of SQL files, one file after the other; the last one of a file may lack its semicolon. */
export async function readSql(...files: readonly URL[]): Promise<string> {
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n;\n');
}
