import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A span as a receiver of OTLP gets it. Times in ms. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  /** Empty: none. */
  parentSpanId: string;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  service: string;
  startMs: number;
  endMs: number;
  attributes: Readonly<Record<string, string | number | boolean>>;
  links: readonly { traceId: string; spanId: string }[];
  isError: boolean;
}

export interface OtlpReceiver extends AsyncDisposable {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** All that have arrived as JSON (`OTEL_EXPORTER_OTLP_PROTOCOL=http/json`). */
  readonly spans: readonly ReceivedSpan[];
  /** As they came. */
  readonly requests: readonly { path: string | undefined; headers: IncomingHttpHeaders; body: Buffer }[];
}

/** A receiver of traces by OTLP over HTTP, as a collector or a trace store is one. */
export async function startOtlpReceiver({
  host = '127.0.0.1',
  port: requested = 0,
} = {}): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const requests: { path: string | undefined; headers: IncomingHttpHeaders; body: Buffer }[] = [];
  const server = createServer(async (req, res) => {
    const body = await buffer(req);
    requests.push({ path: req.url, headers: req.headers, body });
    if (req.headers['content-type'] === 'application/json') spans.push(...decode(JSON.parse(String(body))));
    res.setHeader('content-type', req.headers['content-type'] ?? '').end();
  });
  await new Promise<void>((resolve) => server.listen(requested, host, resolve));
  const { port } = server.address() as AddressInfo; // of a TCP server
  return {
    url: `http://${host}:${port}`,
    spans,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What the JSON of OTLP holds, as far as it is read here. */
interface ExportRequest {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: OtlpSpan[] }[] }[];
}
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: Attribute[];
  links?: { traceId: string; spanId: string }[];
  status?: { code?: number };
}
interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number | string; doubleValue?: number; boolValue?: boolean };
}

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const ERROR = 2;

function decode({ resourceSpans }: ExportRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(decodeAttributes(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => decodeSpan(span, service)));
  });
}

function decodeSpan(span: OtlpSpan, service: string): ReceivedSpan {
  const { traceId, spanId, parentSpanId = '', name, kind, attributes = [], links = [] } = span;
  return {
    ...{ traceId, spanId, parentSpanId, name, service },
    kind: KINDS[kind] ?? 'internal',
    startMs: Number(span.startTimeUnixNano) / 1e6,
    endMs: Number(span.endTimeUnixNano) / 1e6,
    attributes: decodeAttributes(attributes),
    links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
    isError: span.status?.code === ERROR,
  };
}

function decodeAttributes(attributes: readonly Attribute[]): Record<string, string | number | boolean> {
  return Object.fromEntries(
    attributes.map(({ key, value: { stringValue, intValue, doubleValue, boolValue } }) => [
      key,
      stringValue ?? boolValue ?? doubleValue ?? Number(intValue),
    ]),
  );
}
