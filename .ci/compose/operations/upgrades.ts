// Other versions of the dependencies.
import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { askElasticsearch, compose } from '../compose.ts';
import { listedIds, post } from '../requests.ts';
import {
  postMany,
  print,
  removeDeployment,
  shell,
  sql,
  stored,
  untilEmptyOutbox,
  untilIndexIsWhole,
  up,
} from './stack.ts';
import { type Trials, tryUnderLoad } from './table.ts';

export const upgrades: Trials = {
  async 'upgrade: Postgres'() {
    await up();
    await postMany(50, 'before the upgrade');
    const before = await listedIds();
    const count = await stored();
    await shell('docker compose exec -T postgres pg_dump -U meower -Fc meower > /tmp/meower-operations.dump');
    await shell(
      'docker compose stop && docker compose rm -f postgres && docker volume rm "$COMPOSE_PROJECT_NAME"_postgres-data',
    );
    const image = process.env.POSTGRES_IMAGE;
    process.env.POSTGRES_IMAGE = process.env.NEXT_POSTGRES_IMAGE ?? 'postgres:18';
    await shell('docker compose build --quiet postgres');
    await shell('docker compose run --rm --no-deps --entrypoint rm postgres /var/lib/meower/has-database');
    await shell('docker compose up -d --wait postgres');
    await shell(
      'docker compose exec -T postgres pg_restore -U meower -d meower --clean --if-exists --single-transaction --exit-on-error < /tmp/meower-operations.dump',
    );
    await shell('docker compose restart postgres && docker compose up -d --wait');
    print(await sql('SHOW server_version'));
    deepEqual(await listedIds(), before);
    await post('after the upgrade');
    await untilIndexIsWhole();
    // The data stay when the container is replaced.
    await shell('docker compose up -d --wait --force-recreate postgres');
    equal(await stored(), count + 1);
    await removeDeployment();
    setImage('POSTGRES_IMAGE', image);
    await shell('docker compose build --quiet postgres');
  },

  async 'upgrade: NATS'() {
    const version = () => shell('docker compose exec -T nats nats-server --version');
    const image = process.env.NATS_IMAGE;
    await removeDeployment();
    process.env.NATS_IMAGE = process.env.PREVIOUS_NATS_IMAGE ?? 'nats:2.12-alpine';
    await up();
    await postMany(500, 'before the upgrade');
    await untilEmptyOutbox();
    const [from, before] = [await version(), await eventStream()];
    const { failed, ids } = await tryUnderLoad(
      'NATS replaced by the next version, on its volume',
      async () => {
        await sleep(3000);
        setImage('NATS_IMAGE', image);
        await shell('docker compose up -d --no-deps --wait nats');
        await sleep(5000);
      },
    );
    const to = await version();
    print(`${from.trim()}, then ${to}`);
    notEqual(from, to);
    deepEqual([...failed], []);
    await untilEmptyOutbox();
    const after = await eventStream();
    print(
      `the stream holds ${before.messages} events before, and ${after.messages} after ${ids.length} posts`,
    );
    equal(after.created, before.created, 'the stream is a new one');
    equal(after.messages, before.messages + ids.length);
    await untilIndexIsWhole();
  },

  /** From the version of `PREVIOUS_ELASTICSEARCH_IMAGE`, otherwise to a new container of the same. */
  async 'upgrade: Elasticsearch on its volume'() {
    const version = async () => (await askElasticsearch<{ version: { number: string } }>('/')).version.number;
    const image = process.env.ELASTICSEARCH_IMAGE;
    await removeDeployment();
    const previous = process.env.PREVIOUS_ELASTICSEARCH_IMAGE;
    if (previous !== undefined) process.env.ELASTICSEARCH_IMAGE = previous;
    await up();
    await postMany(500, 'load before the upgrade');
    await untilIndexIsWhole();
    const [from, before] = [await version(), await indexInUse()];
    const { failed, degraded } = await tryUnderLoad(
      'Elasticsearch in a new container, on its volume',
      async () => {
        await sleep(3000);
        setImage('ELASTICSEARCH_IMAGE', image);
        await shell('docker compose up -d --no-deps --force-recreate --wait elasticsearch');
        await sleep(5000);
      },
    );
    const to = await version();
    print(`${from}, then ${to}; ${degraded} searches degraded`);
    equal(from === to, previous === undefined);
    deepEqual([...failed], []);
    print(`whole after ${await untilIndexIsWhole()}`);
    equal(await indexInUse(), before, 'the index is a new one');
  },

  async 'upgrade: Elasticsearch on an empty volume'() {
    await removeDeployment();
    await up();
    await postMany(500, 'load on an empty volume');
    await untilIndexIsWhole();
    const before = await indexInUse();
    const { failed, degraded } = await tryUnderLoad('Elasticsearch on an empty volume', async () => {
      await sleep(3000);
      await shell(
        'docker compose rm --stop --force elasticsearch && docker volume rm "$COMPOSE_PROJECT_NAME"_elasticsearch-data',
      );
      await shell('docker compose up -d --no-deps --wait elasticsearch');
      await sleep(5000);
    });
    print(`${degraded} searches degraded`);
    deepEqual([...failed], []);
    ok(degraded > 0);
    print(`whole after ${await untilIndexIsWhole()}`);
    notEqual(await indexInUse(), before);
  },
};

function setImage(name: string, image: string | undefined): void {
  if (image === undefined) delete process.env[name];
  else process.env[name] = image;
}

interface Stream {
  name: string;
  created: string;
  state: { messages: number };
}

async function eventStream(): Promise<{ created: string; messages: number }> {
  const url = 'http://127.0.0.1:8222/jsz?streams=true';
  const { account_details } = JSON.parse(await compose('exec', '-T', 'nats', 'wget', '-qO-', url)) as {
    account_details: { stream_detail: Stream[] }[];
  };
  const stream = account_details
    .flatMap(({ stream_detail }) => stream_detail)
    .find(({ name }) => name === 'MEOW');
  ok(stream);
  return { created: stream.created, messages: stream.state.messages };
}

async function indexInUse(): Promise<string> {
  return Object.keys(await askElasticsearch<Record<string, unknown>>('/_alias/meows')).join();
}
