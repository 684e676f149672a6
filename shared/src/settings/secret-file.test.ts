import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { natsConfig, natsSpecs } from './nats.ts';
import { postgresConfig, postgresSpecs } from './postgres.ts';
import { readSettings } from './read-settings.ts';

test('a password that changes in its file is read for the next connection', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'password');
  await writeFile(file, 'first\n');
  const env = {
    ...{ POSTGRES_DB: 'meower', POSTGRES_USER: 'meower', POSTGRES_PASSWORD_FILE: file },
    ...{ NATS_ADDRESS: 'nats:4222', NATS_PASSWORD_FILE: file },
  };
  const settings = readSettings(env, { ...postgresSpecs, ...natsSpecs });
  const [postgres, nats] = [postgresConfig(settings, env), natsConfig(settings, env)];
  expect([postgres.readPassword?.(), nats.readPassword?.()]).toEqual(['first', 'first']);
  await writeFile(file, 'second\n');
  expect([postgres.readPassword?.(), nats.readPassword?.()]).toEqual(['second', 'second']);
  expect(postgresConfig(settings, { POSTGRES_PASSWORD: 'first' }).readPassword).toBe(undefined);
});
