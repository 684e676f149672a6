import { type Report, seconds } from './report.ts';

/** The report as a Markdown table, for the terminal and for `docs/guarantees.md`. */
export function reportTable(report: Report): string {
  const { name, seed, durationMs, faults, rounds, posts, deletions, pages, exits, verdict } = report;
  const recovered = rounds.flatMap(({ recoveredMs }) => recoveredMs ?? []).sort((a, b) => a - b);
  const at = (share: number) => seconds(recovered[Math.floor(share * (recovered.length - 1))] ?? 0);
  const rows: [string, string][] = [
    ['scenario, seed, duration', `${name}, ${seed}, ${seconds(durationMs)}`],
    ['faults injected', `${sum(faults)} in ${rounds.length} rounds: ${formatCounts(faults)}`],
    ['exits of services, by signal or exit code', formatCounts(exits)],
    [
      'recovered after a round',
      recovered.length === 0 ? '-' : `median ${at(0.5)}, 90 % ${at(0.9)}, longest ${at(1)}`,
    ],
    ['posts answered', String(posts.answered)],
    [
      'posts without an answer',
      `${posts.unanswered}, of which ${posts.unansweredButStored} are stored, once`,
    ],
    [
      'deletions',
      `${deletions.answered} answered, ${deletions.unanswered} without an answer; ${deletions.looks} looks for deleted meows`,
    ],
    [
      'pages',
      `${pages.frames} frames, ${pages.deletions} deletions, ${pages.resumes} resumes, ${pages.refetches} refetches, ${pages.lists} lists`,
    ],
    ['checked', formatCounts(verdict.checked)],
    ...Object.entries(verdict.violations).map(([kind, count]): [string, string] => [kind, String(count)]),
  ];
  return ['| | |', '| --- | --- |', ...rows.map(([label, value]) => `| ${label} | ${value} |`)].join('\n');
}

function formatCounts(counts: Record<string, number>): string {
  const entries = Object.entries(counts).map(([label, count]) => `${label} ${count}`);
  return entries.length === 0 ? 'none' : entries.join(', ');
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
