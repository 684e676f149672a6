// Databases that are refused.
import { equal } from 'node:assert/strict';
import { until } from '../checks.ts';
import { compose, docker, logLines } from '../compose.ts';
import { ask } from '../requests.ts';
import { printErrors, sql, untilIndexIsWhole, up } from './stack.ts';
import type { Trials } from './table.ts';

export const refusals: Trials = {
  async 'refused: an empty volume, another major version'() {
    await compose('stop', 'postgres');
    const volume = `${process.env.COMPOSE_PROJECT_NAME}_postgres-data`;
    const inVolume = (script: string) =>
      docker(
        'run',
        '--rm',
        '-v',
        `${volume}:/data`,
        '--entrypoint',
        'sh',
        process.env.NODE_IMAGE ?? 'node:24-slim',
        '-c',
        script,
      );
    const refusal = async (pattern: RegExp) => {
      await compose('start', 'postgres');
      await until(async () => (await logLines('postgres')).some((line) => pattern.test(line)));
      await printErrors('postgres', pattern, 1);
      equal((await ask('/meows')).status, 503);
      await compose('stop', 'postgres');
    };
    await inVolume('mkdir /data/.kept && mv /data/* /data/.kept');
    await refusal(/is empty, but this deployment has had a database/);
    await inVolume('mv /data/.kept/* /data && rmdir /data/.kept && echo 16 > /data/PG_VERSION');
    await refusal(/initialized by PostgreSQL version 16/);
    await inVolume('echo 17 > /data/PG_VERSION');
    await up();
    await untilIndexIsWhole();
  },

  async 'schema: newer than the services'() {
    await sql("INSERT INTO schema_migrations VALUES (3, '0003-likes', 2, now())");
    await compose('restart', 'query');
    await up();
    await sql("UPDATE schema_migrations SET name = '0003-no-body', compatible_with = 3 WHERE number = 3");
    await compose('restart', 'query');
    await until(async () => (await logLines('query')).some((line) => line.includes('0003-no-body')));
    await printErrors('query', /0003/);
    equal((await ask('/meows', { method: 'POST' })).status, 400, 'the meow that runs goes on');
    await sql('DELETE FROM schema_migrations WHERE number = 3');
    await up();
  },
};
