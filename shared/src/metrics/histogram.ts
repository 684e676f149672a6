import type { MetricValueWithName, Registry } from '@prometheus-io/client';

/** Upper bounds of the histograms of durations, in seconds. */
const DURATION_BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface HistogramOptions {
  name: string;
  help: string;
  /** Upper bounds. Default: of durations in seconds. */
  buckets?: readonly number[];
  labelNames?: readonly string[];
}

/** Counts values by size. Adds one for these values of the labels, in the order of their names. */
export type Observe = (value: number, ...labels: string[]) => void;

interface Series {
  readonly labels: readonly string[];
  /** By bucket, the last one for what is larger than all bounds. */
  readonly counts: number[];
  sum: number;
}

/** The series with a prefix of the labels. */
interface Node {
  readonly next: Map<string, Node>;
  series?: Series;
}

/**
 * A histogram that a request can afford. That of the client builds a string of the labels and one of the bucket for each
 * value, which took a tenth of the time of a short request; here a value costs two additions, and strings are built when
 * Prometheus asks.
 */
export function createHistogram(
  register: Registry,
  { name, help, buckets = DURATION_BUCKETS_S, labelNames = [] }: HistogramOptions,
): Observe {
  const root: Node = { next: new Map() };
  const all: Series[] = [];

  const seriesOf = (labels: readonly string[]): Series => {
    let node = root;
    for (const label of labels) {
      node = node.next.get(label) ?? addNode(node, label);
    }
    if (!node.series) {
      node.series = { labels, counts: new Array<number>(buckets.length + 1).fill(0), sum: 0 };
      all.push(node.series);
    }
    return node.series;
  };
  if (labelNames.length === 0) seriesOf([]);

  const get = async () => ({
    ...{ name, help, type: 'histogram' },
    values: all.flatMap((series) => valuesOf(series, { name, buckets, labelNames })),
  });
  // The register calls nothing else of a metric.
  register.registerMetric({ name, get } as unknown as Parameters<Registry['registerMetric']>[0]);

  return (value, ...labels) => {
    const series = seriesOf(labels);
    let bucket = 0;
    while (bucket < buckets.length && value > (buckets[bucket] as number)) bucket++; // within its length
    series.counts[bucket] = (series.counts[bucket] as number) + 1; // one for each bucket
    series.sum += value;
  };
}

function addNode({ next }: Node, label: string): Node {
  const added = { next: new Map() };
  next.set(label, added);
  return added;
}

function valuesOf(
  { labels, counts, sum }: Series,
  { name, buckets, labelNames }: { name: string; buckets: readonly number[]; labelNames: readonly string[] },
): MetricValueWithName<string>[] {
  const named = Object.fromEntries(labelNames.map((label, i) => [label, labels[i] ?? '']));
  let count = 0;
  const cumulative = counts.map((one, i) => {
    count += one;
    return { metricName: `${name}_bucket`, labels: { le: buckets[i] ?? '+Inf', ...named }, value: count };
  });
  return [
    ...cumulative,
    { metricName: `${name}_sum`, labels: named, value: sum },
    { metricName: `${name}_count`, labels: named, value: count },
  ];
}
