import type { Question } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { postMeow } from '../load/http-requests.ts';
import { hasPgbench, pgbench } from '../load/pgbench.ts';
import { alternate, type Contender } from '../rounds.ts';
import { plainRow, type Reach, type Row, ratioRow } from '../rows.ts';
import { startProduct, startServer } from '../servers/start-server.ts';

const UNBATCHED = 'the same app, one insert per request';
const REQUESTS = [postMeow('a cat says hello')];
/** Until the code is compiled as in a service that has run for a while; one client would take a minute for that. */
const WARM_UP_SECONDS = 4;

/** How many meows a second are taken, durable and with their events owed, and how long does a client wait? */
export const post: Question = {
  name: 'post',
  async ask({ places, rounds, seconds, nodeArgs, progress }) {
    await using database = await places.database();
    await using stream = await places.stream();
    const place = { database: database?.config, stream: stream?.config };
    await using product = await startProduct({ services: ['meow'], place }, nodeArgs);
    await using unbatched = await startServer('unbatched', place);
    await using each = await startServer('simple-express', database?.config);
    await using constant = await startServer('constant-express');
    await using load = await startHttpLoad();
    const withPgbench = database && (await hasPgbench());

    progress('POST /meows: warming up');
    for (const { port } of [product, unbatched, each, constant])
      await load.run({ port, connections: 64, seconds: WARM_UP_SECONDS, requests: REQUESTS, status: 200 });

    const contender = (name: string, port: number, connections: number): Contender => ({
      name,
      round: () => load.run({ port, connections, seconds, requests: REQUESTS, status: 200 }),
    });
    const rows: Row[] = [];
    for (const clients of [1, 8, 64, 256]) {
      const contenders = [
        contender('product', product.port, clients),
        contender(UNBATCHED, unbatched.port, clients),
        contender('small Express app, one insert, no event sent', each.port, clients),
        contender('constant Express app', constant.port, clients),
      ];
      if (withPgbench) {
        // A client of pgbench is a connection of its own, of which Postgres does not take 256 by default.
        const connections = Math.min(clients, 64);
        const name = `pgbench, ${connections} clients`;
        contenders.push({ name, round: () => pgbench(database.url, connections, seconds) });
      }
      const what = `POST /meows, ${clients} client${clients > 1 ? 's' : ''}`;
      const measured = await alternate(contenders, { rounds, progress, what });
      const row = { question: 'post', measure: what, unit: 'req/s', of: 'perSecond' };
      contenders.slice(1).forEach(({ name }, i) => {
        rows.push(ratioRow(measured, { ...row, reach: reach(name, clients) }, { name, contender: i + 1 }));
      });
      const waiting = { ...row, measure: `${what}: 99 % wait at most`, unit: 'ms', of: 'p99' };
      rows.push(plainRow(measured, { ...waiting, reach: clients === 64 ? { atMost: 40 } : undefined }));
    }
    return rows;
  },
};

function reach(reference: string, clients: number): Reach | undefined {
  if (reference === UNBATCHED) return clients <= 8 ? { atLeast: 1 } : undefined;
  if (clients < 64) return undefined;
  if (reference === 'constant Express app') return { atLeast: 0.5 };
  return reference.startsWith('pgbench') ? { atLeast: 1.6 } : undefined;
}
