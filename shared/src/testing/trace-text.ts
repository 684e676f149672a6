import type { ReceivedSpan } from './otlp-receiver.ts';

const SHOWN = ['meower.message.attempt', 'meower.message.settled', 'meower.frame.sockets'];

/** A trace as text: a line for each span, below that of its parent, with how long after the first it began. */
export function traceText(spans: readonly ReceivedSpan[], traceId: string): string {
  const ofTrace = spans.filter((span) => span.traceId === traceId).sort((a, b) => a.startMs - b.startMs);
  const ids = new Set(ofTrace.map(({ spanId }) => spanId));
  const begin = ofTrace[0]?.startMs ?? 0;
  const lines: string[] = [];
  const add = (span: ReceivedSpan, depth: number) => {
    const name = `${'  '.repeat(depth)}${span.name}`.padEnd(36);
    const times = `+${(span.startMs - begin).toFixed(1)} ms`.padStart(11);
    const took = `${(span.endMs - span.startMs).toFixed(1)} ms`.padStart(10);
    lines.push(`${name}${times}${took}  ${span.kind.padEnd(8)} ${details(span)}`.trimEnd());
    for (const child of ofTrace) if (child.parentSpanId === span.spanId) add(child, depth + 1);
  };
  for (const span of ofTrace) if (!ids.has(span.parentSpanId)) add(span, 0);
  return lines.map((line) => `${line}\n`).join('');
}

/** The spans of a trace, each as the names from the first one to it: `POST /meows > create meow.created`. */
export function tracePaths(spans: readonly ReceivedSpan[], traceId: string): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const pathOf = (span: ReceivedSpan): string => {
    const parent = byId.get(span.parentSpanId);
    const own = [span.name, details(span)].filter((part) => part).join(' ');
    return parent ? `${pathOf(parent)} > ${own}` : own;
  };
  return spans.filter((span) => span.traceId === traceId).map(pathOf);
}

function details({ attributes, isError, links }: ReceivedSpan): string {
  const shown = SHOWN.flatMap((name) => {
    const value = attributes[name];
    return value === undefined ? [] : `${name.split('.').at(-1)}=${value}`;
  });
  if (isError) shown.push('error');
  if (links.length > 0) shown.push(`links=${links.length}`);
  return shown.join(' ');
}
