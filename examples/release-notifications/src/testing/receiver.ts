import { defineRoutes } from '@meower/shared/http/define-routes.ts';
import { readJson } from '@meower/shared/http/json-body.ts';
import { serve } from '@meower/shared/service/serve.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';

/** Stands in for Slack. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** The texts that it has accepted. */
  readonly texts: readonly string[];
  /** The answer to the next request; 200 without one. */
  readonly refusals: { status: number; headers?: Record<string, string> }[];
  /** When requests came, in ms. */
  readonly requestsAtMs: readonly number[];
}

export async function startReceiver(): Promise<Receiver> {
  const texts: string[] = [];
  const refusals: Receiver['refusals'] = [];
  const requestsAtMs: number[] = [];
  const routes = defineRoutes({
    'POST /': [
      ...readJson,
      (req, res) => {
        requestsAtMs.push(performance.now());
        const { status = 200, headers = {} } = refusals.shift() ?? {};
        if (status === 200) texts.push(String(req.body.text));
        res.status(status).set(headers).send('the answer of Slack');
      },
    ],
  });
  const service = { routes, checks: [], close: async () => {} };
  const server = await serve([service], { logger: silentLogger, port: 0, host: '127.0.0.1' });
  return {
    url: `http://127.0.0.1:${server.port}/`,
    texts,
    refusals,
    requestsAtMs,
    [Symbol.asyncDispose]: () => server.close(),
  };
}
