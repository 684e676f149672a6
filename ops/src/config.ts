import { metricsSpecs } from '@meower/shared/settings/metrics.ts';
import { readSettings } from '@meower/shared/settings/read-settings.ts';
import { EnvError, makeValidator } from 'envalid';

const DEFAULT_PORT = 9464;

const urls = makeValidator<readonly string[]>((input) => {
  const all = input.split(',');
  if (all.every((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ''))) return all;
  throw new EnvError('must be URLs separated by commas');
});

/** Where the services answer operators: at the ports of their metrics. Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): { urls: readonly string[] } {
  const { METRICS_URLS, METRICS_PORT } = readSettings(env, {
    METRICS_PORT: metricsSpecs.METRICS_PORT,
    METRICS_URLS: urls({ default: undefined }),
  });
  return { urls: METRICS_URLS ?? [`http://127.0.0.1:${METRICS_PORT ?? DEFAULT_PORT}`] };
}
