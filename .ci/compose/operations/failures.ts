// Dependencies and services that are unavailable.
import { deepEqual, equal } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../checks.ts';
import { compose, docker } from '../compose.ts';
import { ask } from '../requests.ts';
import { print, unpublished, untilIndexIsWhole, up } from './stack.ts';
import { type Trials, tryUnderLoad } from './table.ts';

export const failures: Trials = {
  async 'away: Elasticsearch for 135 s'() {
    const before = await restarts();
    const { failed } = await tryUnderLoad('Elasticsearch unavailable for 135 s', async () => {
      await compose('stop', 'elasticsearch');
      await sleep(135_000);
      await compose('start', 'elasticsearch');
    });
    deepEqual([...failed], []);
    deepEqual(await restarts(), before);
    print(`search is whole again after ${await untilIndexIsWhole()}`);
  },

  async 'away: NATS for 20 s'() {
    const { failed } = await tryUnderLoad('NATS unavailable for 20 s', async () => {
      await compose('stop', 'nats');
      await sleep(20_000);
      await compose('start', 'nats');
    });
    deepEqual([...failed], []);
    await until(async () => (await unpublished()) === 0);
  },

  async 'away: Postgres paused for 25 s'() {
    await tryUnderLoad('Postgres paused for 25 s', async () => {
      await compose('pause', 'postgres');
      await sleep(25_000);
      await compose('unpause', 'postgres');
      await sleep(5000);
    });
    equal((await ask('/meows')).status, 200);
  },

  async 'killed: each dependency and service'() {
    for (const service of ['nats', 'postgres', 'elasticsearch', 'meow', 'query', 'pusher'])
      await tryUnderLoad(`\`docker kill\` of ${service}, started again`, async () => {
        await compose('kill', service);
        await compose('start', service);
        await up();
        await sleep(3000);
      });
    await untilIndexIsWhole();
  },
};

async function restarts(): Promise<Record<string, string>> {
  const ids = (await compose('ps', '--quiet', 'meow', 'query', 'pusher')).trim().split('\n');
  const states = await docker(
    'inspect',
    '--format',
    '{{.Name}} {{.RestartCount}} {{.State.Health.Status}}',
    ...ids,
  );
  return Object.fromEntries(
    states
      .trim()
      .split('\n')
      .map((line) => [line.split(' ')[0], line]),
  );
}
