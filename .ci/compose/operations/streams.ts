// A stream that is too small.
import { deepEqual, equal, match } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../checks.ts';
import { compose } from '../compose.ts';
import { watch } from '../watcher.ts';
import {
  postMany,
  print,
  printErrors,
  search,
  unpublished,
  untilEmptyOutbox,
  untilIndexIsWhole,
  up,
} from './stack.ts';
import { addRow, type Trials } from './table.ts';

/** The least: a few thousand events overflow it. */
const SMALL_STREAM = { NATS_MAX_BYTES: '1048576' };
const BURST = 4000;

export const streams: Trials = {
  async 'full stream: NATS_DISCARD=new'() {
    Object.assign(process.env, SMALL_STREAM, { NATS_DISCARD: 'new' });
    await up();
    const watcher = await watch();
    const ids = await postMany(BURST, 'full stream');
    await until(async () => (await unpublished()) === 0);
    await until(async () => new Set(ids).isSubsetOf(new Set(watcher.ids)));
    equal(watcher.ids.length, new Set(watcher.ids).size);
    watcher.close();
    await untilIndexIsWhole();
    addRow(`${BURST} posts through a stream of 1 MiB, \`NATS_DISCARD=new\``, `0 of ${BURST}`);
    await compose('stop', 'elasticsearch');
    await postMany(BURST, 'full stream, no engine');
    print(`without Elasticsearch ${await unpublished()} events wait`);
    await sleep(65_000);
    const readiness = await compose(
      ...['exec', '-T', 'meow', 'node', '-e'],
      "fetch('http://127.0.0.1:8080/readyz').then((r) => r.text()).then(console.log)",
    );
    print(`${readiness.trim()}`);
    match(readiness, /outbox/);
    await compose('start', 'elasticsearch');
    const seconds = await untilIndexIsWhole();
    // The stream has room only after the indexer has handled what it holds.
    await untilEmptyOutbox();
    addRow(
      `the same, Elasticsearch unavailable; all in the index ${seconds} after its start`,
      `0 of ${BURST}`,
    );
  },

  async 'overflow: the engine away'() {
    Object.assign(process.env, SMALL_STREAM, { NATS_DISCARD: 'old' });
    await up();
    await compose('stop', 'elasticsearch');
    const watcher = await watch();
    const ids = await postMany(BURST, 'overflow');
    await until(async () => new Set(ids).isSubsetOf(new Set(watcher.ids)));
    watcher.close();
    deepEqual((await search()).degraded, true);
    await compose('start', 'elasticsearch');
    const seconds = await untilIndexIsWhole();
    await printErrors('query', /fill|incomplete|gap|drop/i);
    addRow(
      `overflow (\`old\`), Elasticsearch unavailable; all in the index ${seconds} after its start`,
      `0 of ${BURST}`,
    );
  },
};
