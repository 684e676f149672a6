import { type Attributes, type Context, type Link, SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import { type Sampler, SamplingDecision, type SamplingResult } from '@opentelemetry/sdk-trace-base';

/**
 * Samples this share of the traces that begin without a request. Of requests only those get a span that `traceRequests` has
 * chosen. All other spans follow their parent, and a batch is sampled if one of its links is.
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
    if (kind === SpanKind.SERVER) return true;
    const parent = trace.getSpanContext(context);
    if (parent) return (parent.traceFlags & TraceFlags.SAMPLED) > 0;
    if (links.length > 0) return links.some((link) => (link.context.traceFlags & TraceFlags.SAMPLED) > 0);
    return this.#random() < this.#ratio;
  }

  toString(): string {
    return `RatioSampler{${this.#ratio}}`;
  }
}
