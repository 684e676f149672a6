import type { Random } from '../seeded-random.ts';

/** What cats say; with all that has to be escaped or is wider than a byte. */
const CHATTER = [
  'meow',
  'purr',
  '<b>hiss</b>',
  'Tom & Jerry',
  `"fish"`,
  "cat's",
  'мяу',
  '喵',
  '🐱',
  'naïve',
  '%20',
  '+',
];

/** A text that no other one is like: it begins with a word of its own, by which it can be searched. */
export function nextText(random: Random): string {
  const chatter = Array.from({ length: random.between(0, 4) }, () => random.oneOf(CHATTER));
  return [word(random), ...chatter].join(' ');
}

export function wordOf(text: string): string {
  return text.split(' ')[0] as string;
}

/** Fourteen letters by chance: further than two typing errors from any other. */
function word(random: Random): string {
  return String.fromCharCode(...Array.from({ length: 14 }, () => random.between(97, 122)));
}
