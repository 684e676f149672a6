import { callReceiver } from '@meower/shared/message/http/call-receiver.ts';
import type { Handle } from '@meower/shared/message/router/handler.ts';
import { z } from 'zod';
import { type ReleaseEvent, readEvent, textOf } from '../events.ts';

export const annotation = z.object({ time: z.number(), tags: z.array(z.string()), text: z.string() });
export type Annotation = z.infer<typeof annotation>;

/** Asks first, because an annotation may be there already: its tags are its id. */
export function grafana(base: URL): Handle {
  const url = new URL('/api/annotations', base);
  return async (message, signal) => {
    const json = annotationOf(readEvent(message));
    const search = `limit=1&${json.tags.map((tag) => `tags=${encodeURIComponent(tag)}`).join('&')}`;
    const answer = await callReceiver('Grafana', new URL(`?${search}`, url), { signal });
    const found = z.array(z.unknown()).parse(await answer.json());
    if (found.length === 0) await callReceiver('Grafana', url, { json, signal });
  };
}

export function annotationOf(event: ReleaseEvent): Annotation {
  const what = event.type === 'commitPushed' ? ['pushed'] : ['deployed', `env:${event.env}`];
  const tags = [`commit:${event.id}`, ...what];
  return { time: Date.parse(event.occurred_on), tags, text: textOf(event) };
}
