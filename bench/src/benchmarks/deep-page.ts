import type { Benchmark } from '../benchmark.ts';
import { fillSql, idOf } from '../fixtures/database.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { getRequest } from '../load/http-requests.ts';
import { alternate } from '../rounds.ts';
import { ratioRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';

/** What does a page deep in a large table cost, compared with the first page? */
export const deepPage: Benchmark = {
  name: 'deep-page',
  needs: ['postgres'],
  async run({ fixtures, rounds, seconds, rows, nodeArgs, progress }) {
    await using dependencies = await fixtures('postgres', 'nats', 'elasticsearch');
    progress(`writing ${rows} meows`);
    await dependencies.postgres?.run(fillSql(rows));
    // Autovacuum would do so soon.
    await dependencies.postgres?.run('VACUUM meows');
    const { configs } = dependencies;
    await using product = await startProduct({ services: ['query'], configs }, nodeArgs);
    await using load = await startHttpLoad();

    const skip = Math.min(10_000, rows / 2);
    // One client, because several would share a query.
    const get = (path: string) => () =>
      load.run({
        port: product.port,
        connections: 1,
        seconds,
        requests: [getRequest(path)],
        status: 200,
      });
    const contenders = [
      { name: 'before', round: get(`/meows?before=${idOf(Math.max(rows - 100_000, rows / 2))}`) },
      { name: 'skip', round: get(`/meows?skip=${skip}`) },
      { name: 'first page', round: get('/meows') },
    ];
    const [before = [], skipped = [], first = []] = await alternate(contenders, {
      rounds,
      progress,
      label: 'pages',
    });
    const row = { unit: 'ms', metric: 'p50' };
    const reference = { name: 'first page', contender: 1 };
    const of = `of ${rows.toLocaleString('en')}`;
    return [
      ratioRow(
        [before, first],
        { ...row, measure: `before=, page 1,000 ${of}`, target: { atMost: 1.5 } },
        reference,
      ),
      ratioRow(
        [skipped, first],
        { ...row, measure: `skip=${skip} ${of}`, target: { atMost: 20 } },
        reference,
      ),
    ];
  },
};
