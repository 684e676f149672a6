import type { Row } from '../rows.ts';

const COLUMNS = [
  'question',
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

/** The rows with all digits, for other programs (RFC 4180). */
export function csv(rows: readonly Row[]): string {
  return `${[COLUMNS, ...rows.map(fields)].map((line) => line.map(quoted).join(',')).join('\r\n')}\r\n`;
}

function fields({ question, measure, unit, value, reference, reach }: Row): unknown[] {
  const { ratio } = reference ?? {};
  return [
    ...[question, measure, unit, value.median, value.min, value.max],
    ...[reference?.name, reference?.value.median, ratio?.median, ratio?.min, ratio?.max],
    ...[reach?.atLeast, reach?.atMost, reach?.met],
  ];
}

function quoted(field: unknown): string {
  const text = String(field ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
