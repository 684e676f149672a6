import type { Random } from '../seeded-random.ts';

/** Includes characters that are escaped, and characters of more than one byte. */
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

/** A unique text: it begins with a word that no other text has and by which it can be searched for. */
export function nextText(random: Random): string {
  const chatter = Array.from({ length: random.between(0, 4) }, () => random.oneOf(CHATTER));
  return [uniqueWord(random), ...chatter].join(' ');
}

export function uniqueWordOf(text: string): string {
  return text.split(' ')[0] as string;
}

/** Fourteen random letters: more than two typing errors different from any other. */
function uniqueWord(random: Random): string {
  return String.fromCharCode(...Array.from({ length: 14 }, () => random.between(97, 122)));
}
