import { resolve } from 'node:path';
import { adminConfig, adminSpecs } from '@meower/shared/settings/admin.ts';
import { logLevel, processConfig, processSpecs } from '@meower/shared/settings/process.ts';
import { readSettings } from '@meower/shared/settings/read-settings.ts';
import { str } from 'envalid';

export type Config = ReturnType<typeof loadConfig>;

/** The settings of `npm start`. Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  const settings = readSettings(env, {
    ...processSpecs,
    ...adminSpecs,
    LOG_LEVEL: logLevel('warn'),
    DATA_DIR: str({ default: '.meower' }),
  });
  return {
    ...processConfig(settings),
    admin: adminConfig(settings),
    /** Absolute path of the folder that holds the meows. */
    dataDir: resolve(settings.DATA_DIR),
  };
}
