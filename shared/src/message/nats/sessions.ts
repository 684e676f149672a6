import type { Logger } from 'pino';
import { abortable } from '../../async/abortable.ts';
import { sleep } from '../../async/sleep.ts';
import type { Era, NatsLink } from './connection.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
const STEADY_MS = 5000;

/**
 * Runs `session` once on each connection, and again on the same one when it rejects, until `closed` is aborted; then
 * resolves, when the running one has ended. A session must end when its connection is lost.
 */
export async function repeatSessions(
  { link, closed, logger, what }: { link: NatsLink; closed: AbortSignal; logger: Logger; what: object },
  session: (era: Era) => Promise<void>,
): Promise<void> {
  let failures = 0;
  while (!closed.aborted) {
    const era = await abortable(link.era(), closed).catch(() => undefined);
    if (!era) return;
    const startedAt = performance.now();
    try {
      await session(era);
    } catch (err) {
      if (closed.aborted) return;
      failures = performance.now() - startedAt > STEADY_MS ? 0 : failures + 1;
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
      logger.warn({ ...what, err, pauseMs }, 'interrupted: beginning again');
      await sleep(pauseMs, closed);
    }
  }
}
