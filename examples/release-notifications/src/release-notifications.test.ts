import { createRabbitBroker } from '@meower/brokers/rabbitmq.ts';
import { withChannel } from '@meower/brokers/testing/rabbitmq.ts';
import { twice } from '@meower/shared/message/router/testing/twice.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { freePorts } from '@meower/shared/testing/free-ports.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startGrafanaStandIn } from './testing/grafana-stand-in.ts';
import {
  deliver,
  newCommit,
  pushOf,
  startTestSystem,
  type TestSystem,
  until,
} from './testing/release-system.ts';

// PGlite starts slowly on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

function annotationsOf({ grafana }: TestSystem, id: string): string[] {
  const own = grafana.annotations.filter(({ tags }) => tags[0] === `commit:${id}`);
  return own.map(({ tags }) => tags.slice(1).join(' ')).sort();
}

function textsOf({ slack }: TestSystem, id: string): string[] {
  return slack.texts.filter((text) => text.includes(id.slice(0, 7))).sort();
}

const ALL = ['deployed env:pre-production', 'deployed env:production', 'pushed'];

async function tellsTheStory(system: TestSystem): Promise<void> {
  const commit = newCommit('Purr <louder> & longer\n\nDetails.');
  const { webhook, operators } = system.urls;
  expect(await deliver(webhook, pushOf(commit))).toEqual({ status: 200, body: { commits: 1 } });
  await until(() => expect(annotationsOf(system, commit.id)).toEqual(ALL));
  const short = commit.id.slice(0, 7);
  const texts = [
    `Tom pushed ${short} to cats/meower: Purr &lt;louder&gt; &amp; longer`,
    `${short} is deployed to pre-production`,
    `${short} is deployed to production`,
  ];
  await until(() => expect(textsOf(system, commit.id)).toEqual(texts.sort()));
  const since = encodeURIComponent(new Date(Date.now() - 60_000).toISOString());
  const report = await (await fetch(`${operators}/report?since=${since}`)).text();
  expect(report).toMatch(
    /cats\/meower: \d+ pushed, median \d+\.\d s, worst \d+\.\d s, \d+ never deployed, 0 deployed before/,
  );
}

describe('on embedded dependencies', () => {
  let system: TestSystem;
  let webhook: string;
  beforeAll(async () => {
    system = await startTestSystem({ SIMULATED_DEPLOYMENT_S: '1' });
    ({ webhook } = system.urls);
  });
  afterAll(() => system?.[Symbol.asyncDispose]());

  test('one push becomes three annotations, three messages to Slack and a line in the report', () =>
    tellsTheStory(system));

  test('a delivery that GitHub sends again has no further effect', async () => {
    const [first, last] = [newCommit('first'), newCommit('last')];
    for (let i = 0; i < 3; i++) await deliver(webhook, pushOf(first), { id: 'again' });
    await deliver(webhook, pushOf(last));
    for (const { id } of [first, last]) {
      await until(() => expect(annotationsOf(system, id)).toEqual(ALL));
      await until(() => expect(textsOf(system, id)).toHaveLength(3));
    }
    expect(textsOf(system, first.id)).toHaveLength(3);
  });

  test('Slack’s Retry-After is honoured, and Grafana does not wait for Slack', async () => {
    const commit = newCommit();
    const before = system.slack.requestsAtMs.length;
    system.slack.refusals.push({ status: 429, headers: { 'retry-after': '3' } });
    await deliver(webhook, pushOf(commit));
    await until(() => expect(annotationsOf(system, commit.id)).toContain('pushed'));
    expect(textsOf(system, commit.id)).toEqual([]);
    await until(() => expect(textsOf(system, commit.id)).toHaveLength(3));
    const [refusedAt = 0, nextAt = 0] = system.slack.requestsAtMs.slice(before);
    expect(nextAt - refusedAt).toBeGreaterThanOrEqual(2900);
  });

  test('the webhook answers a ping, ignores other events, and explains bad input', async () => {
    expect(await deliver(webhook, {}, { event: 'ping' })).toEqual({ status: 200, body: { pong: true } });
    expect(await deliver(webhook, {}, { event: 'star' })).toEqual({ status: 200, body: { ignored: 'star' } });
    expect(await deliver(webhook, pushOf())).toEqual({ status: 200, body: { commits: 0 } });
    const bad: [body: unknown, error: string][] = [
      ['{', 'Malformed JSON'],
      [{ commits: [] }, 'repository is required'],
      [{ repository: { full_name: 'a' }, commits: 1 }, 'commits must be a list'],
      [pushOf({ ...newCommit(), id: 'xyz' }), 'commits.0.id must be the hash of a commit'],
      [pushOf(newCommit('', 'yesterday')), 'commits.0.timestamp must be a time as in RFC 3339'],
      [
        { ...pushOf(), repository: { full_name: 'x'.repeat(201) } },
        'repository.full_name must have at most 200 characters',
      ],
    ];
    for (const [body, error] of bad)
      expect(await deliver(webhook, body)).toEqual({ status: 400, body: { error } });
    const withoutHeaders = await fetch(webhook, { method: 'POST', body: '{}' });
    expect([withoutHeaders.status, await withoutHeaders.json()]).toEqual([
      400,
      { error: 'x-github-event is required' },
    ]);
    const report = await fetch(`${system.urls.operators}/report?since=soon`);
    expect([report.status, await report.json()]).toEqual([400, { error: 'since must be a date' }]);
  });
});

test('handlers that run twice do no harm; Slack gets no more a second than it allows; signatures are checked', async () => {
  const secret = 'secret';
  await using system = await startTestSystem(
    { SIMULATED_DEPLOYMENT_S: '1', SLACK_PER_SECOND: '4', GITHUB_SECRET: secret },
    { use: [twice] },
  );
  const { webhook } = system.urls;
  const commit = newCommit();
  expect((await deliver(webhook, pushOf(commit), { secret: 'another' })).status).toBe(401);
  expect(await deliver(webhook, pushOf(commit))).toEqual({
    status: 401,
    body: { error: 'the header x-hub-signature-256 does not sign this body with the secret' },
  });
  expect((await deliver(webhook, pushOf(commit), { secret })).status).toBe(200);
  await until(() => expect(system.slack.texts.length).toBeGreaterThanOrEqual(6));
  await until(() => expect(annotationsOf(system, commit.id)).toEqual(ALL));
  const { requestsAtMs } = system.slack;
  // Six requests have five pauses of a quarter of a second.
  expect(Number(requestsAtMs[5]) - Number(requestsAtMs[0])).toBeGreaterThanOrEqual(900);
});

test('a Grafana that is down holds up no other, and gets everything later', async () => {
  const port = await freePorts(1);
  await using system = await startTestSystem({ GRAFANA_URL: `http://127.0.0.1:${port}` });
  await deliver(system.urls.webhook, pushOf(newCommit(), newCommit()));
  await until(() => expect(system.slack.texts).toHaveLength(2));
  const late = await startGrafanaStandIn(port);
  try {
    await until(() => expect(late.annotations).toHaveLength(2));
  } finally {
    await late.close();
  }
});

test('answers 503 when the log does not have the events', async () => {
  const dead = `redis://127.0.0.1:${await freePorts(1)}`;
  await using system = await startTestSystem({ LOG: 'redis', REDIS_URL: dead }, { waitsUntilReady: false });
  expect(await deliver(system.urls.webhook, pushOf(newCommit()))).toEqual({
    status: 503,
    body: { error: 'The log does not answer: deliver it again later' },
  });
});

for (const [dependency, log, variable] of [
  ['postgres', 'postgres', 'BROKER_DATABASE_URL'],
  ['nats', 'nats', 'NATS_ADDRESS'],
  ['redis', 'redis', 'REDIS_URL'],
  ['kafka', 'kafka', 'KAFKA_ADDR'],
] as const)
  describeReal(dependency, (address) => {
    test(`tells the same story with the log on ${log}`, async () => {
      const env = { SIMULATED_DEPLOYMENT_S: '1', LOG: log, [variable]: address };
      await using system = await startTestSystem(env);
      await tellsTheStory(system);
    });
  });

describeReal('rabbitmq', (url) => {
  test('deployments come from a queue of RabbitMQ, also from other programs', async () => {
    const queue = `test-deployments-${crypto.randomUUID()}`;
    await using system = await startTestSystem({ RABBITMQ_URL: url, DEPLOYMENTS_QUEUE: queue });
    const { id } = newCommit();
    const deployment = { commit_id: id, env: 'staging', timestamp: new Date().toISOString() };
    await withChannel(url, async (channel) => {
      channel.sendToQueue(queue, Buffer.from(JSON.stringify(deployment)));
      channel.sendToQueue(queue, Buffer.from('{"commit_id":"?"}'));
    });
    await until(() => expect(annotationsOf(system, id)).toEqual(['deployed env:staging']));
    const broker = createRabbitBroker({ url }, { logger: silentLogger });
    const own = async () => (await broker.deadLetters.list()).filter(({ origin }) => origin.topic === queue);
    try {
      await until(async () => {
        expect(await own()).toMatchObject([
          { group: 'deployments', reason: 'a deployment: commit_id: must be the hash of a commit' },
        ]);
      });
      for (const { position } of await own()) await broker.deadLetters.drop(position);
    } finally {
      await broker.close();
      await withChannel(url, async (channel) => {
        await channel.deleteQueue(queue);
        await channel.deleteExchange(queue);
      });
    }
  });
});
