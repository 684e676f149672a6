import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { FairLine } from '../async/fair-line.ts';

/** About how long requests are handled in one turn of the event loop, in milliseconds. */
const TURN_MS = 2;

/**
 * Handles the requests that have arrived for a few milliseconds, and the others in the next turns of the event
 * loop: in between, work goes on for the requests that are in progress. Clients take turns, so that one that
 * sends many delays only its own.
 */
export function takeTurns(
  listener: RequestListener,
  clientOf: (req: IncomingMessage) => string,
): RequestListener {
  const waiting = new FairLine<[IncomingMessage, ServerResponse]>();
  let isScheduled = false;

  const schedule = () => {
    isScheduled = true;
    setImmediate(startTurn);
  };
  const startTurn = () => {
    isScheduled = false;
    handleUntil(performance.now() + TURN_MS);
  };
  const handleUntil = (endsAtMs: number) => {
    const next = waiting.next();
    if (next) listener(...next);
    if (waiting.size === 0) return;
    // Not in this function: what the request does without waiting is part of the turn.
    if (performance.now() < endsAtMs) process.nextTick(handleUntil, endsAtMs);
    else if (!isScheduled) schedule();
  };

  return (req, res) => {
    waiting.add(clientOf(req), [req, res]);
    if (!isScheduled) schedule();
  };
}
