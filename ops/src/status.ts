import { processState } from '@meower/shared/inspection/inspector.ts';
import type { z } from 'zod';
import { type Answer, askProcesses, readAs } from './ask-processes.ts';
import { parseSamples, type Sample } from './parse-samples.ts';

type State = z.infer<typeof processState>;

/** The whole system on one screen. `isHealthy`: every process answers and is ready, and no check fails. */
export async function status(urls: readonly string[]): Promise<{ text: string; isHealthy: boolean }> {
  const [states, scrapes] = await Promise.all([
    askProcesses(urls, '/state', readAs(processState)),
    askProcesses(urls, '/metrics', async (response) => parseSamples(await response.text())),
  ]);
  const samples = scrapes.flatMap((one) => ('answer' in one ? one.answer : []));
  const counts = Object.assign({}, ...states.map((one) => ('answer' in one ? one.answer.counts : {})));
  const lines = [
    `Meower at ${new Date().toISOString()}`,
    '',
    ...table([['SERVICE', 'VERSION', 'ADDRESS', 'UP', 'READY', 'CHECKS'], ...states.map(serviceRow)]),
    '',
    ...table(numbers(samples, counts)),
  ];
  const isHealthy = states.every(
    (one) =>
      'answer' in one && one.answer.ready && Object.values(one.answer.checks).every((is) => is === 'ok'),
  );
  return { text: `${lines.join('\n')}\n`, isHealthy };
}

function serviceRow(one: Answer<State>): string[] {
  if ('problem' in one) return ['?', '', one.address, '', 'no', one.problem];
  const { service, version, startedAt, ready, checks } = one.answer;
  const wrong = Object.entries(checks).filter(([, is]) => is !== 'ok');
  const report =
    wrong.length === 0 ? `${Object.keys(checks).join(', ')} ok` : wrong.map((is) => is.join(': ')).join('; ');
  return [service, version, one.address, age(Date.now() - startedAt.getTime()), ready ? 'yes' : 'no', report];
}

function age(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 2) return `${Math.floor(ms / 1000)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

/** The numbers of the system: those of the same store are the same in each replica, others are added up. */
function numbers(samples: readonly Sample[], counts: Readonly<Record<string, number>>): string[][] {
  const values = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    samples
      .filter(
        (one) => one.name === name && Object.entries(labels).every(([key, is]) => one.labels[key] === is),
      )
      .map(({ value }) => value);
  const most = (name: string, labels = {}) => Math.max(...values(name, labels));
  const known = (value: number | undefined, unit = '') =>
    value === undefined || !Number.isFinite(value) ? 'unknown' : `${value}${unit}`;
  const labelsOf = (name: string, label: string) =>
    [...new Set(samples.flatMap((one) => (one.name === name ? (one.labels[label] ?? []) : [])))].sort();
  const sockets = values('meower_pusher_sockets');
  const oldestS = most('meower_outbox_oldest_age_seconds');
  return [
    [
      'outbox',
      `${known(most('meower_outbox_events'))} unpublished, the oldest for ${known(Math.round(oldestS), ' s')}`,
    ],
    ...labelsOf('meower_stream_bytes', 'stream').map((stream) => {
      const megabytes = (name: string) => known(Math.round(most(name, { stream }) / 1e6));
      return [
        `stream ${stream}`,
        `${megabytes('meower_stream_bytes')} of ${megabytes('meower_stream_limit_bytes')} MB`,
      ];
    }),
    ...labelsOf('meower_consumer_lag_messages', 'group').map((group) => {
      const lagS = Math.round(most('meower_consumer_lag_seconds', { group }));
      return [
        `group ${group}`,
        `${known(most('meower_consumer_lag_messages', { group }))} behind, ${known(lagS, ' s')}`,
      ];
    }),
    ['meows', `${known(counts.meows)}, in the index ${known(counts.indexed)}`],
    ['sockets', known(sockets.length === 0 ? undefined : sockets.reduce((sum, value) => sum + value, 0))],
    ['dead letters', known(most('meower_dead_letters'))],
  ];
}

/** Columns as wide as their longest cell. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
