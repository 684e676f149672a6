import { type Report, seconds } from './report.ts';

/** A report as a Markdown table, the same for the terminal and for `docs/guarantees.md`. */
export function tableOf({ name, seed, tookMs, faults, rounds, posts, pages, ends, verdict }: Report): string {
  const recovered = rounds.flatMap(({ recoveredMs }) => recoveredMs ?? []).sort((a, b) => a - b);
  const at = (share: number) => seconds(recovered[Math.floor(share * (recovered.length - 1))] ?? 0);
  const rows: [string, string][] = [
    ['trial, seed, duration', `${name}, ${seed}, ${seconds(tookMs)}`],
    ['faults injected', `${sum(faults)} in ${rounds.length} rounds: ${listOf(faults)}`],
    ['ends of services, by signal or exit code', listOf(ends)],
    [
      'whole again after a round',
      recovered.length === 0 ? '-' : `median ${at(0.5)}, 90 % ${at(0.9)}, longest ${at(1)}`,
    ],
    ['posts answered', String(posts.answered)],
    [
      'posts without an answer',
      `${posts.unanswered}, of which ${posts.unansweredButStored} are stored, once`,
    ],
    [
      'pages',
      `${pages.frames} frames, ${pages.resumed} times resumed, ${pages.startedOver} times told to fetch again, ${pages.lists} lists`,
    ],
    ['checked', listOf(verdict.checked)],
    ...Object.entries(verdict.violations).map(([kind, count]): [string, string] => [kind, String(count)]),
  ];
  return ['| | |', '| --- | --- |', ...rows.map(([what, value]) => `| ${what} | ${value} |`)].join('\n');
}

function listOf(counts: Record<string, number>): string {
  const entries = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  return entries.length === 0 ? 'none' : entries.join(', ');
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
