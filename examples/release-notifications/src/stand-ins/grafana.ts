import { defineRoutes } from '@meower/shared/http/define-routes.ts';
import { handleJson } from '@meower/shared/http/input-handlers.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { type Annotation, annotation } from '../receivers/grafana.ts';

/** Instead of Grafana: its annotations, in `annotations` and as log lines. */
export function grafanaRoutes(annotations: Annotation[], logger: Logger) {
  return defineRoutes({
    'GET /api/annotations': (req, res) => {
      const { searchParams } = new URL(req.url, 'http://grafana');
      const tags = searchParams.getAll('tags');
      const found = annotations.filter((one) => tags.every((tag) => one.tags.includes(tag)));
      res.json(found.slice(0, Number(searchParams.get('limit') ?? 100)));
    },
    'POST /api/annotations': handleJson(annotation, async (added) => {
      annotations.push(added);
      logger.warn({ tags: added.tags }, `Grafana: ${added.text}`);
      return { message: 'Annotation added', id: annotations.length };
    }),
  });
}
