import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { servePage } from '@meower/embedded/page.ts';
import { startEmbedded } from '@meower/embedded/start.ts';
import type { Served } from '@meower/shared/service/serve.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { afterAll, beforeAll, describe } from 'vitest';
import { httpContract } from './http.contract.ts';
import { pusherContract } from './pusher.contract.ts';

describe('embedded', () => {
  let folder: string;
  let suite: Served;
  const system = { url: () => `http://127.0.0.1:${suite.port}`, behindNginx: false };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meower-contract-'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>Meower</title>');
    const config = { admin: undefined, port: 0, dataDir: join(folder, 'data'), logLevel: 'silent' };
    suite = await startEmbedded(config, silentLogger, servePage(folder));
  });
  afterAll(async () => {
    await suite.close();
    await rm(folder, { recursive: true });
  });

  httpContract(system);
  pusherContract(system);
});
