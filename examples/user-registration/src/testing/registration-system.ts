import { randomUUID } from 'node:crypto';
import type { Middleware } from '@meower/shared/message/router/handler.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { expect, vi } from 'vitest';
import { loadConfig, type ServiceName } from '../config.ts';
import { start } from '../start.ts';

const READY_MS = 30_000;

// Each system creates databases, which takes long on a busy machine.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it with what they expect
  body: any;
}

export interface TestSystem extends AsyncDisposable {
  started: Awaited<ReturnType<typeof start>>;
  topic: string;
  register(user: unknown): Promise<Answer>;
  get(service: ServiceName, path: string): Promise<Answer>;
}

export interface TestSystemOptions {
  env?: Record<string, string>;
  logger?: Logger;
  use?: Middleware[];
}

/** The system in this process, on embedded dependencies unless `env` names others, with a topic of its own. */
export async function startTestSystem({
  env = {},
  logger = silentLogger,
  use = [],
}: TestSystemOptions = {}): Promise<TestSystem> {
  const folder = await temporaryFolder();
  const topic = `user.registered.${randomUUID()}`;
  const config = loadConfig({ PORT: '0', DATA_DIR: folder.path, TOPIC: topic, BCRYPT_COST: '4', ...env });
  const started = await start(config, logger, use);
  const ask = async (url: string, init?: RequestInit): Promise<Answer> => {
    const response = await fetch(url, init);
    return { status: response.status, body: await response.json() };
  };
  // Before, a table may be missing.
  await vi.waitFor(async () => {
    for (const url of Object.values(started.urls))
      expect(await ask(`${url}/readyz`)).toMatchObject({ status: 200 });
  }, READY_MS);
  return {
    started,
    topic,
    register: (user) =>
      ask(`${started.urls.users}/v1/users`, {
        method: 'POST',
        body: typeof user === 'string' ? user : JSON.stringify(user),
      }),
    get: (service, path) => ask(started.urls[service] + path),
    async [Symbol.asyncDispose]() {
      await started.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export const ann = { id: 'ann-1', name: 'Ann', email: 'ann@example.com', password: 'correct horse' };
