import type { Log } from '@meower/shared/message/capabilities.ts';
import { logPages } from '@meower/shared/message/common/log-pages.ts';
import { PRODUCTION, type ReleaseEvent, readEvent } from './events.ts';

/** From push to production, of the commits of one repository. */
export interface RepositoryReport {
  repository: string;
  pushed: number;
  neverDeployed: number;
  /** By the clocks of those who report it. */
  deployedBeforePush: number;
  medianMs: number | undefined;
  worstMs: number | undefined;
}

/** Reads all events since a time, each as often as the log has it, and reports for each repository. */
export async function report(log: Log, topic: string, since: Date): Promise<RepositoryReport[]> {
  const pushes = new Map<string, { repository: string; atMs: number }>();
  const deployedAtMs = new Map<string, number>();
  for await (const event of eventsSince(log, topic, since)) {
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

async function* eventsSince(log: Log, topic: string, since: Date): AsyncGenerator<ReleaseEvent> {
  const from = await log.positionAt([topic], since);
  for await (const page of logPages(log, [topic], { from }))
    for (const message of page) yield readEvent(message);
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
