import { readFileSync } from 'node:fs';

/** What a file with a secret holds (`X_FILE`, see `readSettings`). */
export function readSecretFile(file: string): string {
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
}

/** Reads the file of the setting `name` again, if it has one: it changes when an operator changes the password. */
export function secretReader(env: NodeJS.ProcessEnv, name: string): (() => string) | undefined {
  const file = env[`${name}_FILE`];
  return file ? () => readSecretFile(file) : undefined;
}
