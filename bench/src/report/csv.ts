import type { BenchmarkRow } from '../rows.ts';

const COLUMNS = [
  'benchmark',
  'measure',
  'unit',
  'median',
  'min',
  'max',
  'reference',
  'reference_median',
  'ratio',
  'ratio_min',
  'ratio_max',
  'at_least',
  'at_most',
  'met',
];

/** The rows with all digits, as RFC 4180 CSV. */
export function csv(rows: readonly BenchmarkRow[]): string {
  return `${[COLUMNS, ...rows.map(fields)].map((line) => line.map(quoted).join(',')).join('\r\n')}\r\n`;
}

function fields({ benchmark, measure, unit, value, reference, target }: BenchmarkRow): unknown[] {
  const { ratio } = reference ?? {};
  return [
    ...[benchmark, measure, unit, value.median, value.min, value.max],
    ...[reference?.name, reference?.value.median, ratio?.median, ratio?.min, ratio?.max],
    ...[target?.atLeast, target?.atMost, target?.met],
  ];
}

function quoted(field: unknown): string {
  const text = String(field ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
