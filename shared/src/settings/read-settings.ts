import { type CleanedEnv, cleanEnv, EnvError, EnvMissingError, makeValidator } from 'envalid';
import { errorMessage } from '../process/error-details.ts';
import { StartError } from '../process/start-error.ts';
import { readSecretFile } from './secret-file.ts';

/** The environment has settings that cannot be used. The message names them, one per line. */
export class SettingsError extends StartError {
  override name = 'SettingsError';
}

/**
 * An empty variable counts as absent, as in compose files. `X_FILE` names a file with the value of `X`, as in
 * the images of databases: a secret in the environment is visible to `docker inspect` and child processes.
 * Throws `SettingsError`.
 */
export function readSettings<S extends object>(env: NodeJS.ProcessEnv, specs: S): CleanedEnv<S> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const problems: string[] = [];
  for (const name of Object.keys(specs)) {
    const file = given[`${name}_FILE`];
    if (file === undefined) continue;
    if (given[name] !== undefined) problems.push(`${name}: is set, and ${name}_FILE too`);
    try {
      given[name] = readSecretFile(file);
    } catch (error) {
      problems.push(`${name}_FILE: ${errorMessage(error)}`);
    }
  }
  return cleanEnv(given, specs, {
    reporter({ errors }) {
      for (const [name, error] of Object.entries<Error | undefined>(errors)) {
        // Its file is already among the problems.
        if (problems.some((problem) => problem.startsWith(`${name}_FILE:`))) continue;
        problems.push(`${name}: ${error instanceof EnvMissingError ? 'is required' : error?.message}`);
      }
      if (problems.length > 0) throw new SettingsError(`wrong settings\n  ${problems.join('\n  ')}`);
    },
  });
}

type CamelCase<Name> = Name extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<CamelCase<Rest>>}`
  : Lowercase<Name & string>;

/** Settings by the names that they have in code: `DATA_DIR` is `dataDir`. */
export type ConfigOf<S> = { [Name in keyof S as CamelCase<Name>]: CleanedEnv<S>[Name & keyof CleanedEnv<S>] };

/** As `readSettings`, with the names of `ConfigOf`. */
export function readConfig<S extends object>(env: NodeJS.ProcessEnv, specs: S): ConfigOf<S> {
  const entries = Object.entries(readSettings(env, specs)).map(([name, value]) => [
    name.toLowerCase().replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(entries);
}

/** A text that matches. `sentence`: what is wrong with another one, which it does not repeat. */
export function pattern(expression: RegExp, sentence: string) {
  return makeValidator<string>((input) => {
    if (expression.test(input)) return input;
    throw new EnvError(sentence);
  });
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number) {
  return makeValidator<number>((input) => {
    const value = Number(input);
    if (!/^\d+$/.test(String(input)) || value < min || value > max) {
      throw new EnvError(`must be a whole number from ${min} to ${max}, not "${input}"`);
    }
    return value;
  });
}

/** One or more of `choices`, separated by commas; in the order of the choices. */
export function someOf<T extends string>(choices: readonly T[]) {
  return makeValidator<T[]>((input) => {
    const names = input.split(',');
    const chosen = choices.filter((choice) => names.includes(choice));
    if (chosen.length !== names.length)
      throw new EnvError(`must be some of ${choices.join(', ')}, not "${input}"`);
    return chosen;
  });
}

const ADDRESS = /^(\[[0-9a-fA-F:]+\]|[^:/\s,]+):(\d{1,5})$/;

/** `host:port`, as in the original's settings. */
export const address = makeValidator<string>(parseAddress);

/** One or more of `host:port`, separated by commas. */
export const addresses = makeValidator<string>((input) => {
  for (const one of input.split(',')) parseAddress(one);
  return input;
});

function parseAddress(input: string): string {
  const port = Number(ADDRESS.exec(input)?.[2]);
  if (!(port >= 1 && port <= 65535)) throw new EnvError(`must be host:port, not "${input}"`);
  return input;
}

/** Where to listen: `host:port`, or `:port` for all addresses. Port 0: any free one. */
export const bind = makeValidator<{ host: string | undefined; port: number }>((input) => {
  const [, host, port] = /^(.*):(\d{1,5})$/.exec(input) ?? [];
  if (port === undefined || Number(port) > 65_535) throw new EnvError('must be host:port or :port');
  return { host: host || undefined, port: Number(port) };
});
