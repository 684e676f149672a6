import type { Benchmark } from '../benchmark.ts';
import { startHttpLoad } from '../load/http-load.ts';
import { postMeow } from '../load/http-requests.ts';
import { hasPgbench, pgbench } from '../load/pgbench.ts';
import { alternate, type Contender } from '../rounds.ts';
import { type Row, ratioRow, type Target, valueRow } from '../rows.ts';
import { startProduct, startServer } from '../servers/start-server.ts';

const UNBATCHED = 'the same app, one insert per request';
const REQUESTS = [postMeow('a cat says hello')];
/**
 * Until V8 has compiled the code, as in a service that has run for a while. One client would take a minute
 * for that.
 */
const WARM_UP_SECONDS = 4;
/** Each client of pgbench has a connection, and Postgres does not accept 256 by default. */
const MAX_PGBENCH_CLIENTS = 64;

/**
 * How many meows are accepted per second, durable and with their events in the outbox, and how long does a
 * client wait?
 */
export const post: Benchmark = {
  name: 'post',
  async run({ fixtures, rounds, seconds, nodeArgs, progress }) {
    await using dependencies = await fixtures('postgres', 'nats');
    const { configs, postgres } = dependencies;
    await using product = await startProduct({ services: ['meow'], configs }, nodeArgs);
    await using unbatched = await startServer('unbatched', configs);
    await using simple = await startServer('simple-express', configs.postgres);
    await using constant = await startServer('constant-express');
    await using load = await startHttpLoad();
    const pgbenchUrl = (await hasPgbench()) ? postgres?.url : undefined;

    progress('POST /meows: warm-up');
    for (const { port } of [product, unbatched, simple, constant])
      await load.run({ port, connections: 64, seconds: WARM_UP_SECONDS, requests: REQUESTS, status: 200 });

    const rows: Row[] = [];
    for (const clients of [1, 8, 64, 256]) {
      const contender = (name: string, port: number): Contender => ({
        name,
        round: () => load.run({ port, connections: clients, seconds, requests: REQUESTS, status: 200 }),
      });
      const contenders = [
        contender('product', product.port),
        contender(UNBATCHED, unbatched.port),
        contender('small Express app, one insert, no event sent', simple.port),
        contender('constant Express app', constant.port),
      ];
      if (pgbenchUrl) {
        const connections = Math.min(clients, MAX_PGBENCH_CLIENTS);
        const name = `pgbench, ${connections} clients`;
        contenders.push({ name, round: () => pgbench(pgbenchUrl, connections, seconds) });
      }
      const measure = `POST /meows, ${clients} client${clients > 1 ? 's' : ''}`;
      const results = await alternate(contenders, { rounds, progress, label: measure });
      contenders.slice(1).forEach(({ name }, i) => {
        const target = targetFor(name, clients);
        const row = { measure, unit: 'req/s', metric: 'perSecond', target };
        rows.push(ratioRow(results, row, { name, contender: i + 1 }));
      });
      rows.push(
        valueRow(results, {
          measure: `${measure}: 99 % wait at most`,
          unit: 'ms',
          metric: 'p99',
          target: clients === 64 ? { atMost: 40 } : undefined,
        }),
      );
    }
    return rows;
  },
};

function targetFor(reference: string, clients: number): Target | undefined {
  if (reference === UNBATCHED) return clients <= 8 ? { atLeast: 1 } : undefined;
  if (clients < 64) return undefined;
  if (reference === 'constant Express app') return { atLeast: 0.5 };
  return reference.startsWith('pgbench') ? { atLeast: 1.6 } : undefined;
}
