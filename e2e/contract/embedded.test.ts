import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { servePage } from '@meower/embedded/page.ts';
import { type Embedded, startEmbedded } from '@meower/embedded/start.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { afterAll, beforeAll, describe } from 'vitest';
import { deletionContract } from './deletion.contract.ts';
import { httpContract } from './http.contract.ts';
import { slowClientsContract } from './misbehaving-clients.contract.ts';
import { moderationContract } from './moderation.contract.ts';
import { pusherContract } from './pusher.contract.ts';
import type { SystemUnderTest } from './system-under-test.ts';

describe('embedded', () => {
  let folder: string;
  let suite: Embedded;
  const token = 'a token of operators';
  const system: SystemUnderTest = {
    url: () => `http://127.0.0.1:${suite.port}`,
    behindNginx: false,
    admin: { url: () => `http://127.0.0.1:${suite.adminPort}`, token },
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meower-contract-'));
    await writeFile(
      join(folder, 'index.html'),
      '<!doctype html><title>Meower</title><body><noscript></noscript></body>',
    );
    const config = {
      admin: { port: 0, token },
      host: '127.0.0.1',
      port: 0,
      dataDir: join(folder, 'data'),
      logLevel: 'silent',
    };
    suite = await startEmbedded(config, silentLogger, servePage(folder));
  });
  afterAll(async () => {
    await suite.close();
    await rm(folder, { recursive: true });
  });

  const slowClients = slowClientsContract(system);
  httpContract(system);
  deletionContract(system);
  moderationContract(system);
  pusherContract(system);
  slowClients.areDisconnected();
});
