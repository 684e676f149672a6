import { type Attributes, type Context, type Link, SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import { type Sampler, SamplingDecision, type SamplingResult } from '@opentelemetry/sdk-trace-base';

/**
 * Samples this share of the traces. The decision is made at random where a trace enters: at each request, whatever its
 * headers say, because any client can send them. All other spans follow their parent, and a batch is sampled if one of its
 * links is.
 */
export class RatioSampler implements Sampler {
  readonly #ratio: number;
  readonly #random: () => number;

  constructor(ratio: number, random = Math.random) {
    this.#ratio = ratio;
    this.#random = random;
  }

  shouldSample(
    context: Context,
    _traceId: string,
    _name: string,
    kind: SpanKind,
    _attributes: Attributes,
    links: readonly Link[],
  ): SamplingResult {
    const isSampled = this.#isSampled(context, kind, links);
    return { decision: isSampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
  }

  #isSampled(context: Context, kind: SpanKind, links: readonly Link[]): boolean {
    const parent = trace.getSpanContext(context);
    if (kind !== SpanKind.SERVER) {
      if (parent) return (parent.traceFlags & TraceFlags.SAMPLED) > 0;
      if (links.length > 0) return links.some((link) => (link.context.traceFlags & TraceFlags.SAMPLED) > 0);
    }
    return this.#random() < this.#ratio;
  }

  toString(): string {
    return `RatioSampler{${this.#ratio}}`;
  }
}
