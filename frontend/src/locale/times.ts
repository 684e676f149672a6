import { strings } from './strings.ts';

const STEPS: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** Created at the first use, when the language is known. */
let relative: Intl.RelativeTimeFormat | undefined;
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** "now", "5m ago", "yesterday". "now" as well if the reader's clock is behind the server's. */
export function relativeTime(at: Date, now: Date): string {
  relative ??= new Intl.RelativeTimeFormat(strings.locale, { numeric: 'auto', style: 'narrow' });
  const seconds = Math.max(0, (now.getTime() - at.getTime()) / 1_000);
  for (const [unit, length] of STEPS) {
    if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit);
  }
  return seconds < 10 ? relative.format(0, 'second') : relative.format(-Math.floor(seconds), 'second');
}

export function exactTime(at: Date): string {
  return exact.format(at);
}
