import type { Question } from '../benchmark.ts';
import { fillSql, idOf } from '../fixtures/database.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { getRequest } from '../load/http-requests.ts';
import { alternate } from '../rounds.ts';
import { ratioRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';

/** What does a page deep down in a large table cost, beside the first? */
export const deepPage: Question = {
  name: 'deep-page',
  needs: ['postgres'],
  async ask({ places, rounds, seconds, rows, nodeArgs, progress }) {
    await using opened = new AsyncDisposableStack();
    const database = opened.use((await places.database()) ?? null);
    const stream = opened.use((await places.stream()) ?? null);
    const index = opened.use((await places.index()) ?? null);
    progress(`writing ${rows} meows`);
    await database?.run(fillSql(rows));
    // As autovacuum would, before long.
    await database?.run('VACUUM meows');
    const place = { database: database?.config, stream: stream?.config, index: index?.config };
    const { port } = opened.use(await startProduct({ services: ['query'], place }, nodeArgs));
    const load = opened.use(await startHttpLoad());

    const skip = Math.min(100_000, rows / 2);
    // One client: how long a page takes, not how many share its query.
    const get = (path: string) => () =>
      load.run({ port, connections: 1, seconds, requests: [getRequest(path)], status: 200 });
    const contenders = [
      { name: 'before', round: get(`/meows?before=${idOf(Math.max(rows - 100_000, rows / 2))}`) },
      { name: 'skip', round: get(`/meows?skip=${skip}`) },
      { name: 'first page', round: get('/meows') },
    ];
    const [before = [], skipped = [], first = []] = await alternate(contenders, {
      rounds,
      progress,
      what: 'pages',
    });
    const row = { question: 'deep-page', unit: 'ms', of: 'p50' };
    const reference = { name: 'first page', contender: 1 };
    const of = `of ${rows.toLocaleString('en')}`;
    return [
      ratioRow(
        [before, first],
        { ...row, measure: `before=, page 1,000 ${of}`, reach: { atMost: 1.5 } },
        reference,
      ),
      ratioRow([skipped, first], { ...row, measure: `skip=${skip} ${of}`, reach: { atMost: 20 } }, reference),
    ];
  },
};
