import { strings } from './strings.ts';

const STEPS: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** Created at the first use: browsers take their time for that, and the language is known then. */
let relative: Intl.RelativeTimeFormat | undefined;
let exact: Intl.DateTimeFormat | undefined;

/** "now", "5m ago", "yesterday". "now" as well if the reader's clock is behind the server's. */
export function relativeTime(at: Date, now: Date): string {
  relative ??= new Intl.RelativeTimeFormat(strings.locale, { numeric: 'auto', style: 'narrow' });
  const seconds = Math.max(0, (now.getTime() - at.getTime()) / 1_000);
  for (const [unit, length] of STEPS) {
    if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit);
  }
  return seconds < 10 ? relative.format(0, 'second') : relative.format(-Math.floor(seconds), 'second');
}

/** Creates what the times of meows need, while the page waits for them. */
export function prepareTimes(): void {
  const now = new Date();
  relativeTime(now, now);
  exactTime(now);
}

export function exactTime(at: Date): string {
  exact ??= new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
  return exact.format(at);
}
