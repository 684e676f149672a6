import { logLevel } from '@meower/shared/settings/process.ts';
import { integer, readSettings } from '@meower/shared/settings/read-settings.ts';
import { EnvError, makeValidator } from 'envalid';

const httpUrl = makeValidator<URL>((input) => {
  const url = URL.parse(input);
  if (url?.protocol !== 'http:') throw new EnvError('must be http://host:port');
  return url;
});

const rate = makeValidator<number>((input) => {
  const perSecond = Number(input);
  if (!(perSecond >= 0 && perSecond <= 100_000)) throw new EnvError('must be a number from 0 to 100000');
  return perSecond;
});

export interface LoadConfig {
  logLevel: string;
  url: URL;
  /** A second. */
  posts: number;
  reads: number;
  searches: number;
  /** Open at the same time. */
  sockets: number;
}

/** By default half of what one address may do. Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): LoadConfig {
  const settings = readSettings(env, {
    LOG_LEVEL: logLevel('info'),
    LOAD_URL: httpUrl({ default: new URL('http://127.0.0.1:8080') }),
    LOAD_POSTS: rate({ default: 0.5 }),
    LOAD_READS: rate({ default: 10 }),
    LOAD_SEARCHES: rate({ default: 2 }),
    LOAD_SOCKETS: integer(0, 10_000)({ default: 50 }),
  });
  return {
    logLevel: settings.LOG_LEVEL,
    url: settings.LOAD_URL,
    posts: settings.LOAD_POSTS,
    reads: settings.LOAD_READS,
    searches: settings.LOAD_SEARCHES,
    sockets: settings.LOAD_SOCKETS,
  };
}
