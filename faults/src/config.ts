import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { StartError } from '@meower/shared/process/start-error.ts';

export type DependencyName = 'postgres' | 'nats' | 'elasticsearch';

export interface Config {
  seed: number;
  /** Whether to check first that the suite finds bugs. */
  selfTest: boolean;
  /** How long faults are injected, in milliseconds. */
  durationMs: number;
  postsPerSecond: number;
  pages: number;
  /** How many meows are searched for at the end, each by its unique word. */
  searches: number;
  /** The first of about thirty ports that must be free. */
  firstPort: number;
  /** Folder for the logs and the report. */
  folder: string;
  /** Shell commands that start the dependencies. */
  commands: Record<DependencyName, string>;
}

const options = { seed: { type: 'string' }, 'skip-self-test': { type: 'boolean' } } as const;

/** Throws `StartError`. */
export function loadConfig(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Config {
  const { values } = parseArgs({ args: [...args], options });
  return {
    seed: number('--seed', values.seed ?? env.FAULTS_SEED, randomInt(2 ** 31), 0),
    selfTest: values['skip-self-test'] !== true,
    durationMs: number('FAULTS_MINUTES', env.FAULTS_MINUTES, 1.5, 0.1) * 60_000,
    postsPerSecond: number('FAULTS_POSTS_PER_SECOND', env.FAULTS_POSTS_PER_SECOND, 120, 1),
    pages: number('FAULTS_PAGES', env.FAULTS_PAGES, 6, 1),
    searches: number('FAULTS_SEARCHES', env.FAULTS_SEARCHES, 500, 0),
    firstPort: number('FAULTS_FIRST_PORT', env.FAULTS_FIRST_PORT, 23_400, 1024),
    folder: env.FAULTS_FOLDER ?? 'test-results/faults',
    commands: {
      postgres: command('MEOWER_FAULTS_POSTGRES', 'PostgreSQL', env),
      nats: command('MEOWER_FAULTS_NATS', 'NATS with JetStream', env),
      elasticsearch: command('MEOWER_FAULTS_ELASTICSEARCH', 'Elasticsearch', env),
    },
  };
}

function number(name: string, text: string | undefined, defaultValue: number, least: number): number {
  if (text === undefined) return defaultValue;
  const value = Number(text);
  if (!Number.isFinite(value) || value < least)
    throw new StartError(`${name} must be a number of at least ${least}, not ${text}.`);
  return value;
}

function command(variable: string, server: string, env: NodeJS.ProcessEnv): string {
  const text = env[variable];
  if (text?.includes('{port}')) return text;
  throw new StartError(
    `The fault suite starts and kills its own servers. Set ${variable} to a shell command that starts ${server} on 127.0.0.1:{port}, ` +
      'keeps its data between starts, and prints the process id as its last line.',
  );
}
