// Other settings and passwords while users go on.
import { match, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../checks.ts';
import { compose } from '../compose.ts';
import { post } from '../requests.ts';
import { print, shell, unpublished, up } from './stack.ts';
import { type Trials, tryUnderLoad } from './table.ts';

export const settings: Trials = {
  async 'nginx: another setting'() {
    await tryUnderLoad('`npm run deploy` with another setting of nginx', async () => {
      process.env.LIMIT_READS = '6000001';
      print(await shell('npm run --silent deploy -- nginx'));
    });
  },

  async 'nginx: limits while it runs'() {
    await tryUnderLoad('another limit in the nginx that runs', async () => {
      await shell(
        "docker compose exec -T -e LIMIT_POSTS=6000002 nginx sh -c '/docker-entrypoint.d/20-envsubst-on-templates.sh && nginx -s reload'",
      );
      match(await compose('exec', '-T', 'nginx', 'cat', '/tmp/limits.conf'), /6000002/);
      await sleep(8000);
    });
  },

  async 'password: Postgres'() {
    const { failedForMs } = await tryUnderLoad('another password of Postgres', async () => {
      await sleep(2000);
      await shell(
        'docker compose run --rm --no-deps secrets node src/main.ts --replace postgres && docker compose exec -T postgres /docker-entrypoint-initdb.d/apply.sh',
      );
      await sleep(3000);
    });
    ok(failedForMs < 1000);
    await compose('restart', 'meow', 'query');
    await up();
    await post('with the new password');
  },

  async 'password: NATS'() {
    const { failedForMs } = await tryUnderLoad('another password of NATS', async () => {
      await sleep(2000);
      await shell(
        'docker compose run --rm --no-deps secrets node src/main.ts --replace nats && docker compose kill --signal HUP nats',
      );
      await sleep(5000);
    });
    ok(failedForMs < 1000);
    await until(async () => (await unpublished()) === 0);
  },
};
