import { resolve } from 'node:path';
import { readMetricsUrl } from '@meower/shared/metrics/metrics-url.ts';
import { StartError } from '@meower/shared/process/start-error.ts';
import { metricsSpecs } from '@meower/shared/settings/metrics.ts';
import { readSettings } from '@meower/shared/settings/read-settings.ts';
import { EnvError, makeValidator, str } from 'envalid';

const urls = makeValidator<readonly string[]>((input) => {
  const all = input.split(',');
  if (all.every((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ''))) return all;
  throw new EnvError('must be URLs separated by commas');
});

/**
 * Where the services answer operators, at the ports of their metrics: as the settings say, otherwise that of
 * `npm start` in the same folder. Throws `SettingsError` or `StartError`.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): { urls: readonly string[] } {
  const { METRICS_URLS, METRICS_PORT, DATA_DIR } = readSettings(env, {
    METRICS_PORT: metricsSpecs.METRICS_PORT,
    METRICS_URLS: urls({ default: undefined }),
    DATA_DIR: str({ default: '.meower' }),
  });
  if (METRICS_URLS) return { urls: METRICS_URLS };
  if (METRICS_PORT !== undefined) return { urls: [`http://127.0.0.1:${METRICS_PORT}`] };
  const url = readMetricsUrl(DATA_DIR);
  if (url !== undefined) return { urls: [url] };
  throw new StartError(
    `no Meower is running with its data in ${resolve(DATA_DIR)}: run npm start first, ` +
      'or name the ports of the metrics of other services in METRICS_URLS',
  );
}
