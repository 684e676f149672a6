import { adminConfig, adminSpecs } from '@meower/shared/settings/admin.ts';
import { moderationConfig, moderationSpecs } from '@meower/shared/settings/moderation.ts';
import { postgresConfig, postgresSpecs } from '@meower/shared/settings/postgres.ts';
import { proofOfWorkConfig, proofOfWorkSpecs } from '@meower/shared/settings/proof-of-work.ts';
import { integer, readSettings, SettingsError } from '@meower/shared/settings/read-settings.ts';
import { serviceConfig, serviceSpecs } from '@meower/shared/settings/service.ts';
import { url } from 'envalid';
import { RELAY_DEFAULTS } from './service.ts';

export type Config = ReturnType<typeof loadConfig>;

/** Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  const settings = readSettings(env, {
    ...serviceSpecs,
    ...postgresSpecs,
    ...adminSpecs,
    ...proofOfWorkSpecs,
    ...moderationSpecs,
    OUTBOX_GRACE_MS: integer(0, 600_000)({ default: RELAY_DEFAULTS.graceMs }),
    OUTBOX_SWEEP_MS: integer(10, 600_000)({ default: RELAY_DEFAULTS.sweepIntervalMs }),
  });
  return {
    ...serviceConfig(settings, env),
    postgres: postgresConfig(settings, env),
    admin: adminConfig(settings),
    proofOfWork: proofOfWorkConfig(settings),
    moderation: moderationConfig(settings),
    relay: { graceMs: settings.OUTBOX_GRACE_MS, sweepIntervalMs: settings.OUTBOX_SWEEP_MS },
  };
}

/** Where the commands of operators reach a service. Throws `SettingsError`. */
export function loadOperatorConfig(env: NodeJS.ProcessEnv = process.env) {
  const settings = readSettings(env, { ...adminSpecs, ADMIN_URL: url({ default: undefined }) });
  const { port, host, token } = adminConfig(settings) ?? {};
  if (token === undefined)
    throw new SettingsError('ADMIN_TOKEN is required: the same as that of the service');
  return { url: settings.ADMIN_URL?.replace(/\/$/, '') ?? `http://${host}:${port}`, token };
}

/** Of the owner of the tables. Throws `SettingsError`. */
export function loadDatabaseConfig(env: NodeJS.ProcessEnv = process.env) {
  return postgresConfig(readSettings(env, postgresSpecs), env);
}
