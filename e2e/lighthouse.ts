// node e2e/lighthouse.ts URL [PATH…]    Lighthouse's scores for a phone: medians of five runs, with an empty page as the
// reference. Needs `npm install --global lighthouse` (or LIGHTHOUSE=/path/to/lighthouse) and Chromium.
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadavg } from 'node:os';
import { promisify } from 'node:util';
import { realAddress } from '@meower/shared/testing/real-addresses.ts';

const RUNS = 5;
const EMPTY_PAGE =
  '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Empty</title><p>Empty</p>';
const FLAGS = '--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage';

interface Report {
  environment: { benchmarkIndex: number };
  categories: Record<string, { score: number }>;
  audits: Record<string, { numericValue?: number }>;
}

const [base, ...paths] = process.argv.slice(2);
const chromium = realAddress('chromium');
if (base === undefined || 'missing' in chromium) {
  console.error(base === undefined ? 'usage: node e2e/lighthouse.ts URL [PATH…]' : chromium.missing);
  process.exit(1);
}
const env = { ...process.env, CHROME_PATH: chromium.address };

const reference = createServer((_req, res) => res.setHeader('content-type', 'text/html').end(EMPTY_PAGE));
await new Promise<void>((resolve) => reference.listen(0, '127.0.0.1', resolve));
const { port } = reference.address() as AddressInfo;
try {
  await measure('an empty page', `http://127.0.0.1:${port}/`);
  for (const path of paths.length > 0 ? paths : ['/']) await measure(path, new URL(path, base).href);
} finally {
  reference.close();
}

async function measure(name: string, url: string): Promise<void> {
  const reports: Report[] = [];
  for (let run = 0; run < RUNS; run++) reports.push(await audit(url));
  const value = (of: (report: Report) => number | undefined) =>
    Math.round(median(reports.map((report) => of(report) ?? Number.NaN)));
  const categories = Object.keys(reports[0]?.categories ?? {});
  console.log(
    `${name}: ${categories.map((id) => `${id} ${value((report) => 100 * Number(report.categories[id]?.score))}`).join(', ')}`,
  );
  const ms = (audit: string) => value(({ audits }) => audits[audit]?.numericValue);
  const shift = median(
    reports.map(({ audits }) => audits['cumulative-layout-shift']?.numericValue ?? Number.NaN),
  );
  console.log(
    `  first paint ${ms('first-contentful-paint')} ms, largest ${ms('largest-contentful-paint')} ms, ` +
      `speed index ${ms('speed-index')} ms, blocked ${ms('total-blocking-time')} ms, layout shift ${shift}`,
  );
  const index = value(({ environment }) => environment.benchmarkIndex);
  console.log(`  the machine: benchmark index ${index}, load ${loadavg()[0]?.toFixed(1)}`);
}

/** One run; up to two more when Lighthouse could not record it, as it does at times. */
async function audit(url: string, retries = 2): Promise<Report> {
  const run = promisify(execFile)(
    process.env.LIGHTHOUSE ?? 'lighthouse',
    [url, '--quiet', '--output=json', `--chrome-flags=${FLAGS}`],
    { env, maxBuffer: 64 << 20 },
  );
  try {
    // What `--output=json` prints.
    return JSON.parse((await run).stdout) as Report;
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    if (!stderr?.includes('run Lighthouse again')) throw error;
    if (retries === 0) throw new Error(stderr);
    console.log(`  again: ${stderr.trim()}`);
    return audit(url, retries - 1);
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
