import { resolve } from 'node:path';
import { integer, readSettings } from '@meower/shared/settings/settings.ts';
import { str } from 'envalid';

export interface Config {
  port: number;
  /** Absolute path of the folder that holds the meows. */
  dataDir: string;
  logLevel: string;
}

/** The settings of `npm start`. Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const settings = readSettings(env, {
    PORT: integer(0, 65535)({ default: 8080 }),
    DATA_DIR: str({ default: '.meower' }),
    LOG_LEVEL: str({ choices: ['fatal', 'error', 'warn', 'info', 'debug', 'trace'], default: 'warn' }),
  });
  return { port: settings.PORT, dataDir: resolve(settings.DATA_DIR), logLevel: settings.LOG_LEVEL };
}
