const LONGEST_MS = 3_600_000;

/**
 * The milliseconds that an answer asks to wait, at most an hour: `Retry-After` in seconds or as a date
 * (RFC 9110, 10.2.3). `undefined` when there is no readable value.
 */
export function retryAfterMs(headers: Headers, now = Date.now()): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  // Against the server's own clock, which the date is of.
  const ms = /^\d+$/.test(value) ? 1000 * Number(value) : Date.parse(value) - serverTime(headers, now);
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_MS);
}

function serverTime(headers: Headers, now: number): number {
  const time = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(time) ? now : time;
}
