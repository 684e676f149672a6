// The table of docs/operations.md.
import { deepEqual } from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeLoad, type LoadReport, underLoad } from '../load.ts';
import { print, ROOT } from './stack.ts';

/** By their names. */
export type Trials = Record<string, () => Promise<void>>;

const rows: string[] = [];

export function addRow(action: string, failed: string, longestGap = 'none', lostAndDoubled = '0, 0'): void {
  rows.push(`| ${action} | ${failed} | ${longestGap} | ${lostAndDoubled} |`);
}

export async function tryUnderLoad(action: string, work: () => Promise<void>): Promise<LoadReport> {
  const report = await underLoad(work);
  print(describeLoad(report));
  const failed = [...report.failed].map(([why, n]) => `${n} ${why}`).join(', ') || '0';
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const during = report.failed.size > 0 ? `, within ${seconds(report.failedForMs)}` : '';
  const lostAndDoubled = `${report.lost}, ${report.doubled}`;
  addRow(action, `${failed} of ${report.requests}${during}`, seconds(report.longestGapMs), lostAndDoubled);
  deepEqual([report.lost, report.doubled], [0, 0]);
  return report;
}

/** Prints the table, and adds it to those of earlier runs. */
export async function saveTable(): Promise<void> {
  const head = 'action | failed of all requests | longest gap of a socket | frames lost, doubled';
  console.log([`| ${head} |`, '| --- | --- | --- | --- |', ...rows].join('\n'));
  await mkdir(join(ROOT, 'test-results'), { recursive: true });
  await writeFile(join(ROOT, 'test-results/operations.md'), `${rows.join('\n')}\n`, { flag: 'a' });
}
