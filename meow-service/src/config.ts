import { adminConfig, adminSpecs } from '@meower/shared/settings/admin.ts';
import { natsConfig, natsSpecs } from '@meower/shared/settings/nats.ts';
import { postgresConfig, postgresSpecs } from '@meower/shared/settings/postgres.ts';
import { processConfig, processSpecs } from '@meower/shared/settings/process.ts';
import { proofOfWorkConfig, proofOfWorkSpecs } from '@meower/shared/settings/proof-of-work.ts';
import { integer, readSettings } from '@meower/shared/settings/read-settings.ts';
import { RELAY_DEFAULTS } from './service.ts';

export type Config = ReturnType<typeof loadConfig>;

/** Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  const settings = readSettings(env, {
    ...processSpecs,
    ...postgresSpecs,
    ...natsSpecs,
    ...adminSpecs,
    ...proofOfWorkSpecs,
    OUTBOX_GRACE_MS: integer(0, 600_000)({ default: RELAY_DEFAULTS.graceMs }),
    OUTBOX_SWEEP_MS: integer(10, 600_000)({ default: RELAY_DEFAULTS.sweepIntervalMs }),
  });
  return {
    ...processConfig(settings),
    postgres: postgresConfig(settings),
    nats: natsConfig(settings),
    admin: adminConfig(settings),
    proofOfWork: proofOfWorkConfig(settings),
    relay: { graceMs: settings.OUTBOX_GRACE_MS, sweepIntervalMs: settings.OUTBOX_SWEEP_MS },
  };
}
