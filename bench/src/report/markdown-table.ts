import type { Reach, Row } from '../rows.ts';
import type { Figure } from '../statistics.ts';

const HEADINGS = ['measure', 'median (spread)', 'reference', 'ratio (spread)', 'reach', ''];

/** The rows as text in columns: for a terminal, or as Markdown, which reads the same. */
export function table(rows: readonly Row[]): string {
  const lines = [HEADINGS, ...rows.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`);
  text.splice(1, 0, `| ${widths.map((width) => '-'.repeat(Math.max(width, 3))).join(' | ')} |`);
  return text.join('\n');
}

function cells({ measure, unit, value, reference, reach }: Row): string[] {
  return [
    measure,
    `${spread(value)} ${unit}`,
    reference ? `${reference.name}: ${short(reference.value.median)}` : '',
    reference ? `${spread(reference.ratio)} ×` : '',
    reach ? bounds(reach, reference ? '×' : unit) : '',
    reach ? (reach.met ? 'yes' : 'NO') : '',
  ];
}

function spread({ median, min, max }: Figure): string {
  return `${short(median)} (${short(min)}–${short(max)})`;
}

function bounds({ atLeast, atMost }: Reach, unit: string): string {
  return [atLeast !== undefined && `≥ ${atLeast} ${unit}`, atMost !== undefined && `≤ ${atMost} ${unit}`]
    .filter(Boolean)
    .join(', ');
}

/** Three digits that count. */
export function short(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
