import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { vi } from 'vitest';
import { loadConfig } from '../config.ts';
import { type Overrides, start } from '../start.ts';
import { type GrafanaStandIn, startGrafanaStandIn } from './grafana-stand-in.ts';
import { type Receiver, startReceiver } from './receiver.ts';

export interface TestSystem extends AsyncDisposable {
  urls: { webhook: string; operators: string };
  slack: Receiver;
  grafana: GrafanaStandIn;
}

/** The system in this process, on embedded dependencies unless `env` names others, with topics of its own. */
export async function startTestSystem(
  env: Record<string, string> = {},
  { waitsUntilReady = true, ...overrides }: Overrides & { waitsUntilReady?: boolean } = {},
): Promise<TestSystem> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder());
  const slack = opened.use(await startReceiver());
  const grafana = await startGrafanaStandIn(0);
  opened.defer(() => grafana.close());
  const id = randomUUID();
  const config = loadConfig({
    PORT: '0',
    METRICS_PORT: '0',
    DATA_DIR: folder.path,
    EVENTS_TOPIC: `events-${id}`,
    DEPLOYMENTS_QUEUE: `deployments-${id}`,
    SLACK_WEBHOOK_URL: slack.url,
    SLACK_PER_SECOND: '1000',
    GRAFANA_URL: grafana.url.href,
    SIMULATED_DEPLOYMENT_S: '0',
    ...env,
  });
  const started = await start(config, silentLogger, overrides);
  const { webhook = '', operators = '' } = started.urls;
  opened.defer(() => started.close());
  // It answers before its tables exist, and before its handlers have subscribed.
  const isReady = async () => {
    const { status } = await fetch(`${webhook}/readyz`);
    if (status !== 200) throw new Error('not ready yet');
  };
  if (waitsUntilReady) await until(isReady);
  const closing = opened.move();
  return {
    urls: { webhook, operators },
    slack,
    grafana,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

export interface Commit {
  id: string;
  message: string;
  timestamp: string;
  author: { name: string };
}

export function newCommit(message = 'Purr louder', timestamp = new Date().toISOString()): Commit {
  return { id: randomBytes(20).toString('hex'), message, timestamp, author: { name: 'Tom' } };
}

export interface Delivery {
  id?: string;
  event?: string;
  secret?: string;
}

/** As GitHub sends it. */
export async function deliver(
  url: string,
  body: unknown,
  { id = randomUUID(), event = 'push', secret }: Delivery = {},
): Promise<{ status: number; body: unknown }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-github-event': event,
    'x-github-delivery': id,
  };
  if (secret)
    headers['x-hub-signature-256'] = `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;
  const response = await fetch(url, { method: 'POST', headers, body: text });
  return { status: response.status, body: await response.json() };
}

export const pushOf = (...commits: Commit[]) => ({ repository: { full_name: 'cats/meower' }, commits });

export async function until(condition: () => void | Promise<void>): Promise<void> {
  await vi.waitFor(condition, { timeout: 15_000, interval: 20 });
}
