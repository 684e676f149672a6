import { type Context, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace-base';
import { expect, test } from 'vitest';
import { RatioSampler } from './ratio-sampler.ts';

const NONE = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 0 };
const SAMPLED = { ...NONE, traceFlags: 1 };
const below = (spanContext: typeof NONE, isRemote = true) =>
  trace.setSpanContext(ROOT_CONTEXT, { ...spanContext, isRemote });

function isSampled(random: number, kind: SpanKind, parent: Context, links: (typeof NONE)[] = []): boolean {
  const sampler = new RatioSampler(0.25, () => random);
  const { decision } = sampler.shouldSample(
    parent,
    NONE.traceId,
    'span',
    kind,
    {},
    links.map((context) => ({ context })),
  );
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}

test('the span of a request was decided on before', () => {
  for (const parent of [ROOT_CONTEXT, below(NONE), below(SAMPLED)])
    expect(isSampled(1, SpanKind.SERVER, parent)).toBe(true);
});

test('the other spans of a trace follow their parent, also in another process', () => {
  for (const isRemote of [true, false]) {
    expect(isSampled(1, SpanKind.CONSUMER, below(SAMPLED, isRemote))).toBe(true);
    expect(isSampled(0, SpanKind.CONSUMER, below(NONE, isRemote))).toBe(false);
  }
});

test('a batch is sampled if one of its links is; without links, a share of them', () => {
  expect(isSampled(1, SpanKind.CLIENT, ROOT_CONTEXT, [NONE, SAMPLED])).toBe(true);
  expect(isSampled(0, SpanKind.CLIENT, ROOT_CONTEXT, [NONE])).toBe(false);
  expect(isSampled(0.24, SpanKind.CLIENT, ROOT_CONTEXT)).toBe(true);
  expect(isSampled(0.25, SpanKind.CLIENT, ROOT_CONTEXT)).toBe(false);
});

test('everything and nothing', () => {
  const decide = (ratio: number) =>
    new RatioSampler(ratio).shouldSample(ROOT_CONTEXT, NONE.traceId, 'span', SpanKind.CLIENT, {}, [])
      .decision;
  expect([decide(1), decide(0)]).toEqual([SamplingDecision.RECORD_AND_SAMPLED, SamplingDecision.NOT_RECORD]);
});
