import { listen } from '@meower/shared/http/server.ts';
import express from 'express';

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
  const app = express();
  app.post('/', express.json(), (req, res) => {
    requestsAtMs.push(performance.now());
    const refusal = refusals.shift();
    if (refusal) {
      res
        .status(refusal.status)
        .set(refusal.headers ?? {})
        .send('refused');
      return;
    }
    texts.push(String(req.body.text));
    res.send('ok');
  });
  const server = await listen(app, { port: 0, host: '127.0.0.1' });
  return {
    url: `http://127.0.0.1:${server.port}/`,
    texts,
    refusals,
    requestsAtMs,
    [Symbol.asyncDispose]: () => server.close(),
  };
}
