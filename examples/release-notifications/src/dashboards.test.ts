import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardErrors } from '@meower/shared/testing/dashboard-errors.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { ServerProcess } from '@meower/shared/testing/server-process.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  deliver,
  newCommit,
  pushOf,
  startTestSystem,
  type TestSystem,
  until,
} from './testing/release-system.ts';

const dashboard = z.object({
  uid: z.string(),
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
});
const answer = z.object({
  data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()) })) }),
});
const folder = (path: string) => new URL(`../${path}/`, import.meta.url);
const texts = readdirSync(folder('grafana/dashboards')).map((file) =>
  readFileSync(new URL(file, folder('grafana/dashboards')), 'utf8'),
);
const dashboards = texts.map((text) => dashboard.parse(JSON.parse(text)));

test('there are two dashboards', () => {
  expect(dashboards.map(({ uid }) => uid).sort()).toEqual(['annotations', 'watermill']);
});

test('the dashboards have the types that Grafana publishes', { timeout: 60_000 }, () => {
  expect(dashboardErrors(texts)).toEqual([]);
  const misspelt = texts.map((text) => text.replace('"fieldConfig"', '"fieldsConfig"'));
  expect(dashboardErrors(misspelt)).toContainEqual(expect.stringContaining('fieldsConfig'));
});

describeReal('prometheus_server', (binary) => {
  let system: TestSystem;
  let server: ServerProcess;
  let url: string;

  beforeAll(async () => {
    system = await startTestSystem({ SIMULATED_DEPLOYMENT_S: '1' });
    const config = readFileSync(new URL('prometheus.yaml', folder('prometheus')), 'utf8')
      .replace('app:8081', new URL(system.urls.operators).host)
      .replace('scrape_interval: 5s', 'scrape_interval: 1s');
    server = await ServerProcess.create({
      binary,
      args: (port, data) => {
        writeFileSync(join(data, 'prometheus.yaml'), config);
        return [
          `--config.file=${data}/prometheus.yaml`,
          `--storage.tsdb.path=${data}/data`,
          `--web.listen-address=127.0.0.1:${port}`,
        ];
      },
      ask: async (address) => {
        if (!(await fetch(`http://${address}/-/ready`)).ok) throw new Error('Prometheus is not ready');
      },
    });
    url = `http://${server.address}`;
    await server.start();
  });
  afterAll(async () => {
    await server?.wipe();
    await system?.[Symbol.asyncDispose]();
  });

  /** Rates need several scrapes, and something that happens between them. */
  async function query(expr: string): Promise<Record<string, string>[]> {
    await deliver(system.urls.webhook, pushOf(newCommit()));
    const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expr })}`);
    return answer.parse(await response.json()).data.result.map(({ metric }) => metric);
  }

  for (const { uid, panels } of dashboards)
    describe(`dashboard ${uid}`, () => {
      for (const { title, targets } of panels)
        test(`Prometheus answers the panel "${title}"`, async () => {
          for (const { expr } of targets) {
            await until(async () => expect((await query(expr)).length).toBeGreaterThan(0));
          }
        });
    });

  test('all handlers are there, under Watermill’s names', async () => {
    const names = async (metric: string) =>
      (await query(metric)).map((labels) => labels.handler_name ?? labels.publisher_name);
    const handlers = [
      'archive',
      'deploy-to-pre-production',
      'deploy-to-production',
      'deployments',
      'grafana',
      'slack',
    ];
    await until(async () => {
      expect(
        [...new Set(await names('handler_execution_time_seconds_count{success="true"}'))].sort(),
      ).toEqual(handlers);
      expect([...new Set(await names('subscriber_messages_received_total{acked="acked"}'))].sort()).toEqual(
        handlers,
      );
      expect((await names('publish_time_seconds_count')).sort()).toEqual(['deployments', 'events']);
    });
  });
});
