import type { Row, Target } from '../rows.ts';
import type { Summary } from '../statistics.ts';

const HEADINGS = ['measure', 'median (spread)', 'reference', 'ratio (spread)', 'target', ''];

/** The rows as an aligned Markdown table, which also reads well on a terminal. */
export function markdownTable(rows: readonly Row[]): string {
  const lines = [HEADINGS, ...rows.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const table = lines.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`);
  table.splice(1, 0, `| ${widths.map((width) => '-'.repeat(Math.max(width, 3))).join(' | ')} |`);
  return table.join('\n');
}

function cells({ measure, unit, value, reference, target }: Row): string[] {
  return [
    measure,
    `${spread(value)} ${unit}`,
    reference ? `${reference.name}: ${short(reference.value.median)}` : '',
    reference ? `${spread(reference.ratio)} ×` : '',
    target ? limits(target, reference ? '×' : unit) : '',
    target ? (target.met ? 'yes' : 'NO') : '',
  ];
}

function spread({ median, min, max }: Summary): string {
  return `${short(median)} (${short(min)}–${short(max)})`;
}

function limits({ atLeast, atMost }: Target, unit: string): string {
  return [atLeast !== undefined && `≥ ${atLeast} ${unit}`, atMost !== undefined && `≤ ${atMost} ${unit}`]
    .filter(Boolean)
    .join(', ');
}

/** Three significant digits, or the whole number if it has more. */
export function short(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
