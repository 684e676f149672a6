import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerProcess } from '@meower/shared/testing/server-process.ts';
import { z } from 'zod';

export const PROMETHEUS_FOLDER = fileURLToPath(new URL('../../../observe/prometheus/', import.meta.url));
const read = (file: string) => readFileSync(join(PROMETHEUS_FOLDER, file), 'utf8');

const alerts = z.object({
  data: z.object({
    alerts: z.array(z.object({ state: z.string(), labels: z.object({ alertname: z.string() }) })),
  }),
});
const answer = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});

export interface PrometheusServer {
  /** The names of the alerts that fire. */
  firing(): Promise<string[]>;
  /** The series and values of a query. */
  query(expr: string): Promise<{ metric: Record<string, string>; value: number }[]>;
  close(): Promise<void>;
}

/** A Prometheus with the deployed configuration, which scrapes `targets` every second, and evaluates sooner. */
export async function startPrometheus(
  binary: string,
  targets: Readonly<Record<string, string>>,
): Promise<PrometheusServer> {
  const server = await ServerProcess.create({
    binary,
    args: (port, folder) => {
      writeFileSync(join(folder, 'prometheus.yaml'), configFor(targets));
      writeFileSync(join(folder, 'alerts.yaml'), sooner(read('alerts.yaml')));
      return [
        `--config.file=${folder}/prometheus.yaml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ];
    },
    ask: async (address) => {
      if (!(await fetch(`http://${address}/-/ready`)).ok) throw new Error('Prometheus is not ready');
    },
  });
  await server.start();
  const get = async (path: string) => (await fetch(`http://${server.address}/api/v1/${path}`)).json();
  return {
    async firing() {
      const { data } = alerts.parse(await get('alerts'));
      const firing = data.alerts.filter(({ state }) => state === 'firing');
      return [...new Set(firing.map(({ labels }) => labels.alertname))].sort();
    },
    async query(expr) {
      const { data } = answer.parse(await get(`query?${new URLSearchParams({ query: expr })}`));
      return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    close: () => server.wipe(),
  };
}

function configFor(targets: Readonly<Record<string, string>>): string {
  let config = read('prometheus.yaml')
    .replace('scrape_interval: 5s', 'scrape_interval: 1s')
    .replace('scrape_timeout: 4s', 'scrape_timeout: 1s')
    .replace('evaluation_interval: 15s', 'evaluation_interval: 1s');
  for (const [name, address] of Object.entries(targets))
    config = config.replace(
      new RegExp(`dns_sd_configs: \\[\\{ names: \\[${name}\\].*\\]`),
      `static_configs: [{ targets: ["${address}"] }]`,
    );
  return config;
}

/** The same rules with seconds instead of minutes. */
function sooner(rules: string): string {
  return rules
    .replaceAll(/^( +for:) .*$/gm, '$1 1s')
    .replaceAll('[5m]', '[5s]')
    .replaceAll(/(_seconds\)) > 60\b/g, '$1 > 4');
}
