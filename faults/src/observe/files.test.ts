import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dashboardErrors } from '@meower/shared/testing/dashboard-errors.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const ruleTests = z.object({
  tests: z.array(
    z.object({
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
    }),
  ),
});
const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const rules = read('observe/prometheus/alerts.yaml');
const sections = read('docs/runbook.md').split(/^## /m).slice(1);
const tests = read('faults/src/observe/alerts.test.ts');
const names = [...rules.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name = '']) => name);

test('each alert has its section in the runbook, and each section its alert', () => {
  expect(names.length).toBeGreaterThan(5);
  expect(sections.map((section) => section.split('\n')[0]).sort()).toEqual(names.toSorted());
  for (const section of sections)
    for (const part of ['**Meaning.**', '**Look at.**', '**Do.**']) expect(section).toContain(part);
});

test('each alert links to its section', () => {
  const links = [...rules.matchAll(/^ +runbook_url: (.*)$/gm)].map(([, link]) => link);
  expect(links).toEqual(names.map((name) => `docs/runbook.md#${name.toLowerCase()}`));
});

test('each alert is fired by a test on real servers', () => {
  const fired = new Set(
    [...tests.matchAll(/^ +alerts: \[([^\]]*)\]/gm)].flatMap(([, list = '']) => list.match(/\w+/g)),
  );
  expect([...fired].sort()).toEqual(names.toSorted());
});

test('each alert is tested in the deployed times, firing and quiet', () => {
  const cases = ruleTests
    .parse(parse(read('observe/alerts.test.yaml')))
    .tests.flatMap((one) => one.alert_rule_test);
  const namesOf = (isFiring: boolean) =>
    new Set(cases.flatMap((one) => (one.exp_alerts.length > 0 === isFiring ? one.alertname : [])));
  expect([...namesOf(true)].sort()).toEqual(names.toSorted());
  expect([...namesOf(false)].sort()).toEqual(names.toSorted());
});

test('the runbook names panels and settings that exist', () => {
  const { panels } = JSON.parse(read('observe/grafana/dashboards/meower.json')) as {
    panels: { title: string }[];
  };
  const titles = panels.map(({ title }) => title);
  const named = [...read('docs/runbook.md').matchAll(/"([A-Z][a-z][^"]*)"/g)].map(([, name = '']) => name);
  const missing = named.filter(
    (name) => !titles.some((title) => title.startsWith(name)) && !name.startsWith('Too many'),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(missing).toEqual([]);
  const settings = [...read('docs/runbook.md').matchAll(/`([A-Z]+(?:_[A-Z]+)+)/g)].map(
    ([, name = '']) => name,
  );
  const documented = read('README.md') + read('docs/settings.md') + read('.env.example');
  expect(settings.filter((name) => name !== 'MEOW_DEAD' && !documented.includes(name))).toEqual([]);
});

describeReal('prometheus_server', (binary) => {
  test('the alerts fire in the deployed times, and not for what is usual', async () => {
    const tests = fileURLToPath(new URL('../../../observe/alerts.test.yaml', import.meta.url));
    const { stdout } = await promisify(execFile)(join(dirname(binary), 'promtool'), ['test', 'rules', tests]);
    expect(stdout).toContain('SUCCESS');
  });
});

test('the dashboard has the types that Grafana publishes', { timeout: 60_000 }, () => {
  expect(dashboardErrors([read('observe/grafana/dashboards/meower.json')])).toEqual([]);
});

test('each metric that an alert or a panel reads is documented', () => {
  const dashboard = read('observe/grafana/dashboards/meower.json');
  const documented = new Set(read('docs/metrics.md').match(/\b\w+(?=`)/g));
  const metric = /\b(?:meower|http|publish|publisher|subscriber|metrics)_\w+/g;
  const used = [...rules.matchAll(metric), ...dashboard.matchAll(metric)]
    .map(([name]) => name)
    // Labels.
    .filter((name) => name !== 'publisher_name');
  const missing = used.filter((name) => !documented.has(name.replace(/_(bucket|sum|count)$/, '')));
  expect(used.length).toBeGreaterThan(30);
  expect([...new Set(missing)]).toEqual([]);
});
