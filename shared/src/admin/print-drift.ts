import { fetchText } from '../process/fetch-text.ts';
import { runCommand } from '../process/run-command.ts';
import type { DriftReport } from './operator-routes.ts';

const DIFFERENCES = ['missing', 'outdated', 'surplus'];

/**
 * A whole command: prints the comparison that a running service makes at the URL in its argument, by default at
 * `defaultUrl`. Exit code 1 when something differs.
 */
export async function printDrift(defaultUrl: string): Promise<void> {
  await runCommand('drift', async (signal, [url = defaultUrl]) => {
    const { data } = JSON.parse(await fetchText(url, { signal })) as { data: DriftReport }; // see `operatorRoutes`
    console.table(data);
    const differing = Object.values(data).some((counts) =>
      DIFFERENCES.some((what) => (counts[what] ?? 0) > 0),
    );
    return differing ? 1 : 0;
  });
}
