import { callReceiver } from '@meower/shared/message/http/call-receiver.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { z } from 'zod';
import type { ReleaseEvent } from './events.ts';
import type { Annotation } from './grafana-stand-in.ts';

export type Notify = (event: ReleaseEvent, signal: AbortSignal) => Promise<void>;

const json = { 'content-type': 'application/json' };

/** Slack knows no ids: after a crash a message may come again, if its ack was not stored yet. */
export function slack(webhook: URL): Notify {
  return async (event, signal) => {
    const text = textOf(event).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    const body = JSON.stringify({ text });
    await callReceiver('Slack', webhook, { method: 'POST', headers: json, body, signal });
  };
}

/** Instead of Slack. */
export function logLine(logger: Logger): Notify {
  return async (event) => logger.warn(`Slack: ${textOf(event)}`);
}

const annotations = z.array(z.unknown());

/** Asks first, because an annotation may be there already: its tags are its id. */
export function grafana(base: URL): Notify {
  const credentials = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
  const headers = { ...json, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  // Fetch takes no URL with credentials.
  const url = new URL('/api/annotations', base.origin);
  return async (event, signal) => {
    const annotation = annotationOf(event);
    const search = `limit=1&${annotation.tags.map((tag) => `tags=${encodeURIComponent(tag)}`).join('&')}`;
    const found = await callReceiver('Grafana', new URL(`?${search}`, url), { headers, signal });
    if (annotations.parse(await found.json()).length > 0) return;
    const body = JSON.stringify(annotation);
    await callReceiver('Grafana', url, { method: 'POST', headers, body, signal });
  };
}

export function annotationOf(event: ReleaseEvent): Annotation {
  const what = event.type === 'commitPushed' ? ['pushed'] : ['deployed', `env:${event.env}`];
  const tags = [`commit:${event.id}`, ...what];
  return { time: Date.parse(event.occurred_on), tags, text: textOf(event) };
}

function textOf(event: ReleaseEvent): string {
  const commit = event.id.slice(0, 7);
  if (event.type === 'commitDeployed') return `${commit} is deployed to ${event.env}`;
  const [summary] = event.message.split('\n');
  return `${event.author} pushed ${commit} to ${event.repository}: ${summary}`;
}
