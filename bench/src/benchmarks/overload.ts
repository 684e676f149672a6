import type { Question } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { postMeow } from '../load/http-requests.ts';
import { alternate } from '../rounds.ts';
import { plainRow, ratioRow } from '../rows.ts';
import { startProduct } from '../servers/start-server.ts';

const PEAK = 256;
const CROWD = 8000;

/** With far more clients than can be served, how many are served still, and how long does an accepted one wait? */
export const overload: Question = {
  name: 'overload',
  async ask({ places, rounds, seconds, nodeArgs, progress }) {
    await using opened = new AsyncDisposableStack();
    const database = opened.use((await places.database()) ?? null);
    const stream = opened.use((await places.stream()) ?? null);
    const place = { database: database?.config, stream: stream?.config };
    const { port } = opened.use(await startProduct({ services: ['meow'], place }, nodeArgs));
    const load = opened.use(await startHttpLoad());
    const round = (connections: number) => () =>
      load.runAnyway({ port, connections, seconds, requests: [postMeow('me too')], status: 200 });
    const contenders = [
      { name: `${CROWD} clients`, round: round(CROWD) },
      { name: `${PEAK} clients`, round: round(PEAK) },
    ];
    const what = `POST /meows, ${CROWD.toLocaleString('en')} clients`;
    const measured = await alternate(contenders, { rounds, progress, what });
    const row = { question: 'overload', measure: what };
    return [
      ratioRow(
        measured,
        { ...row, unit: 'req/s', of: 'perSecond', reach: { atLeast: 0.8 } },
        {
          name: `${PEAK} clients`,
          contender: 1,
        },
      ),
      plainRow(measured, {
        ...row,
        measure: `${what}: 99 % wait at most`,
        unit: 'ms',
        of: 'p99',
        reach: { atMost: 2000 },
      }),
    ];
  },
};
