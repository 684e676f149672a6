import type { Closable } from '@meower/shared/async/closable.ts';
import { listen } from '@meower/shared/http/server.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import express from 'express';
import { z } from 'zod';

const annotation = z.object({ time: z.number(), tags: z.array(z.string()), text: z.string() });
export type Annotation = z.infer<typeof annotation>;

export interface GrafanaStandIn extends Closable {
  readonly url: URL;
  readonly annotations: readonly Annotation[];
}

/** The annotations of Grafana's API, in memory and as log lines. */
export async function startGrafanaStandIn(port: number, logger: Logger): Promise<GrafanaStandIn> {
  const annotations: Annotation[] = [];
  const app = express();
  app.use(express.json());
  app.get('/api/annotations', ({ query }, res) => {
    const tags = [query.tags ?? []].flat();
    const found = annotations.filter((one) => tags.every((tag) => one.tags.includes(String(tag))));
    res.json(found.slice(0, Number(query.limit ?? 100)));
  });
  app.post('/api/annotations', ({ body }, res) => {
    const added = annotation.parse(body);
    annotations.push(added);
    logger.warn({ tags: added.tags }, `Grafana: ${added.text}`);
    res.json({ message: 'Annotation added', id: annotations.length });
  });
  const server = await listen(app, { port, host: '127.0.0.1' });
  return { url: new URL(`http://127.0.0.1:${server.port}`), annotations, close: () => server.close() };
}
