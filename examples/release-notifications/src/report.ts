import { handleQuery } from '@meower/shared/http/input-handlers.ts';
import type { Log } from '@meower/shared/message/capabilities.ts';
import { messagesSince } from '@meower/shared/message/common/log-pages.ts';
import { z } from 'zod';
import { PRODUCTION, readEvent } from './events.ts';

type RepositoryReport = Awaited<ReturnType<typeof report>>[number];

/**
 * From push to production, for each repository. Reads all events since a time, as often as the log has them.
 * A commit may be deployed before it was pushed, by the clocks of those who report it.
 */
export async function report(log: Log, topic: string, since: Date) {
  const pushes = new Map<string, { repository: string; atMs: number }>();
  const deployedAtMs = new Map<string, number>();
  for await (const message of messagesSince(log, topic, since)) {
    const event = readEvent(message);
    const atMs = Date.parse(event.occurred_on);
    if (event.type === 'commitPushed') {
      const first = Math.min(atMs, pushes.get(event.id)?.atMs ?? atMs);
      pushes.set(event.id, { repository: event.repository, atMs: first });
    } else if (event.env === PRODUCTION) {
      deployedAtMs.set(event.id, Math.min(atMs, deployedAtMs.get(event.id) ?? atMs));
    }
  }
  const byRepository = Map.groupBy(pushes, ([, { repository }]) => repository);
  return [...byRepository].sort().map(([repository, commits]) => {
    const times = commits.map(([id, { atMs }]) => (deployedAtMs.get(id) ?? Number.NaN) - atMs);
    const ordered = times.filter((ms) => ms >= 0).sort((a, b) => a - b);
    return {
      repository,
      pushed: commits.length,
      neverDeployed: times.filter(Number.isNaN).length,
      deployedBeforePush: times.filter((ms) => ms < 0).length,
      medianMs: ordered[Math.floor((ordered.length - 1) / 2)],
      worstMs: ordered.at(-1),
    };
  });
}

/** A line for each repository. */
export function formatReport(since: Date, repositories: readonly RepositoryReport[]): string {
  const seconds = (ms: number | undefined) => (ms === undefined ? '-' : `${(ms / 1000).toFixed(1)} s`);
  const lines = repositories.map(
    ({ repository, pushed, neverDeployed, deployedBeforePush, medianMs, worstMs }) =>
      `${repository}: ${pushed} pushed, median ${seconds(medianMs)}, worst ${seconds(worstMs)}, ` +
      `${neverDeployed} never deployed, ${deployedBeforePush} deployed before they were pushed`,
  );
  return [`From push to production since ${since.toISOString()}`, ...lines, ''].join('\n');
}

const query = z.object({ since: z.coerce.date('must be a date') });

/** `GET /report?since=DATE` */
export const reportRoute = (log: Log, topic: string) =>
  handleQuery(query, async ({ since }) => formatReport(since, await report(log, topic, since)));
