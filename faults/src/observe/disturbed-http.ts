import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy in front of Elasticsearch, which answers some requests itself. */
export interface DisturbedHttp {
  readonly port: number;
  /** Answers 503 to requests whose path matches. */
  refuse: RegExp | undefined;
  /** Reports this much space on the disk. */
  availableBytes: number | undefined;
  close(): Promise<void>;
}

/** `to`: host and port. */
export async function disturbHttp(to: string): Promise<DisturbedHttp> {
  const target = new URL(`http://${to}`);
  const server = createServer((req, res) => {
    if (proxy.refuse?.test(req.url ?? '')) respond(res, 503, { error: 'refused by the test' });
    else if (proxy.availableBytes !== undefined && req.url?.startsWith('/_nodes/stats'))
      respond(res, 200, diskOf(proxy.availableBytes));
    else forward(req, res);
  });
  const forward = (req: IncomingMessage, res: ServerResponse) => {
    const { method, url: path, headers } = req;
    const passing = request({ hostname: target.hostname, port: target.port, method, path, headers });
    passing.on('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    passing.on('error', () => res.destroy());
    res.on('close', () => passing.destroy());
    req.pipe(passing);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: DisturbedHttp = {
    port: (server.address() as AddressInfo).port,
    refuse: undefined,
    availableBytes: undefined,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return proxy;
}

function diskOf(available_in_bytes: number) {
  return { nodes: { one: { fs: { total: { available_in_bytes, total_in_bytes: 1e12 } } } } };
}

function respond(res: ServerResponse, status: number, body: object): void {
  // Otherwise its client takes the server for another product.
  const headers = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' };
  res.writeHead(status, headers).end(JSON.stringify(body));
}
