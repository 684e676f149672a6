import { randomInt } from 'node:crypto';

const LETTERS = 'bcdfghjklmnpqrstvwxz';

/** A word that no other meow contains, even with typing errors: the database may hold meows of earlier runs. */
export function uniqueWord(): string {
  return Array.from({ length: 14 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

/** The text with a unique word at its end. */
export function unique(text: string): string {
  return `${text} ${uniqueWord()}`;
}

/** The word with the letter at `index` replaced by another. */
export function mistype(word: string, index: number): string {
  const other = LETTERS[(LETTERS.indexOf(word[index] as string) + 1) % LETTERS.length];
  return word.slice(0, index) + other + word.slice(index + 1);
}
