import { type Message, RefusedError } from '../capabilities.ts';
import { TRACE_HEADERS } from '../common/trace-headers.ts';
import { decodeHeaderValue, encodeHeaderValue } from './header-value.ts';
import type { HttpRequest } from './publisher.ts';
import type { WebhookRequest } from './webhook.ts';

// CloudEvents 1.0 in binary mode: attributes are `ce-…` headers, the payload is the body, `content-type` is
// the attribute datacontenttype (github.com/cloudevents/spec, HTTP protocol binding 1.0.2). The key is the
// attribute partitionkey (extension "partitioning"). Of other metadata only the request id and the trace
// context travel.

interface CloudEventOptions {
  url: string;
  /** For messages whose metadata has no `ce-source`. */
  source: string;
  /** For messages whose metadata has no `ce-datacontenttype`. Default `application/json`. */
  contentType?: string;
  /** Further headers, e.g. `authorization`. */
  headers?: Readonly<Record<string, string>>;
}

/** For `createHttpPublisher`: POSTs each message as an event. Without `ce-type` the topic is its type. */
export function marshalCloudEvent(
  options: CloudEventOptions,
): (message: Message, topic: string) => HttpRequest {
  const { url, source, contentType = 'application/json', headers: further } = options;
  return ({ id, key, metadata, payload }, topic) => {
    const attributes: Record<string, string> = {
      'ce-specversion': '1.0',
      'ce-type': topic,
      'ce-source': source,
      ...metadata,
      'ce-id': id,
    };
    if (key !== undefined) attributes['ce-partitionkey'] = key;
    const headers: Record<string, string> = { ...further };
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith('ce-')) headers[name] = encodeHeaderValue(value);
      else if (TRACE_HEADERS.includes(name)) headers[name] = value;
    }
    delete headers['ce-datacontenttype'];
    headers['content-type'] = metadata['ce-datacontenttype'] ?? contentType;
    return { url, method: 'POST', headers, body: payload };
  };
}

/**
 * For `createWebhook`: one message from each request. Refuses requests that are not CloudEvents 1.0 in binary
 * mode.
 */
export function unmarshalCloudEvent({ headers, body }: WebhookRequest): Message[] {
  const contentType = headers['content-type'];
  if (contentType?.startsWith('application/cloudevents')) {
    throw new RefusedError('Events are accepted in binary mode only, with their attributes as ce- headers');
  }
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-') && typeof value === 'string') attributes[name] = attribute(name, value);
  }
  const { 'ce-id': id, 'ce-partitionkey': key, ...metadata } = attributes;
  if (metadata['ce-specversion'] !== '1.0') throw new RefusedError('The header ce-specversion must be 1.0');
  if (!id || !metadata['ce-type'] || !metadata['ce-source']) {
    throw new RefusedError('The headers ce-id, ce-type and ce-source are required');
  }
  if (contentType !== undefined) metadata['ce-datacontenttype'] = contentType;
  return [{ id, key, metadata, payload: body }];
}

function attribute(name: string, value: string): string {
  try {
    return decodeHeaderValue(value);
  } catch (cause) {
    throw new RefusedError(`The header ${name} is not percent-encoded UTF-8`, { cause });
  }
}
