import type { Logger } from '@meower/shared/process/logger.ts';
import type { StartedServices } from '@meower/shared/service/start-services.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { loadConfig, type ServiceName } from '../config.ts';
import { type Overrides, start } from '../start.ts';

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it with what they expect
  body: any;
}

export interface TestSystem extends AsyncDisposable {
  started: StartedServices<ServiceName>;
  /** A string is a form, anything else is sent as JSON. */
  ask(service: ServiceName | 'operators', method: string, path: string, body?: unknown): Promise<Answer>;
  /** Ids of the orders on a page. */
  page(query?: string): Promise<number[]>;
}

/** The system in this process, on embedded dependencies unless `env` names others. */
export async function startTestSystem(
  env: Record<string, string> = {},
  { logger = silentLogger, ...over }: Overrides & { logger?: Logger } = {},
): Promise<TestSystem> {
  const folder = await temporaryFolder();
  const config = loadConfig({
    HTTP_BIND: '127.0.0.1:0',
    OPERATOR_BIND: '127.0.0.1:0',
    DATA_DIR: folder.path,
    ...env,
  });
  const started = await start(config, logger, over);
  const ask: TestSystem['ask'] = async (service, method, path, body) => {
    const isForm = typeof body === 'string';
    const response = await fetch(started.urls[service] + path, {
      method,
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      headers: isForm
        ? { 'content-type': 'application/x-www-form-urlencoded' }
        : { 'content-type': 'application/json' },
    });
    return { status: response.status, body: await response.json() };
  };
  return {
    started,
    ask,
    async page(query = '') {
      const { body } = await ask('history', 'GET', `/v1/order-history?${query}`);
      return (body as { data: { id: number }[] }).data.map(({ id }) => id);
    },
    async [Symbol.asyncDispose]() {
      await started.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
