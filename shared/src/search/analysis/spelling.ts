/** Most spellings of a query's word that are searched, the nearest first. */
export const MAX_SPELLINGS = 50;

const LETTER = /^[\p{L}\p{N}]/u;

/** Longest word in which errors are forgiven, in code points: longer ones are rarely typed and cost most. */
const MAX_FORGIVING_LENGTH = 40;

/**
 * How many typing errors are forgiven in a query's word: as with Elasticsearch's `AUTO`, but none in emoji.
 */
export function typingErrors(word: string): 0 | 1 | 2 {
  if (!LETTER.test(word)) return 0;
  const { length } = [...word];
  if (length < 3 || length > MAX_FORGIVING_LENGTH) return 0;
  return length < 6 ? 1 : 2;
}

/** Fewest code points that match as the beginning of a word: shorter ones begin too many. */
const MIN_PREFIX_LENGTH = 3;

/** The last word of a query, which may be unfinished: words that begin with it match too. */
export function unfinishedWord(queryWords: readonly string[]): string | undefined {
  const last = queryWords.at(-1);
  return last !== undefined && LETTER.test(last) && [...last].length >= MIN_PREFIX_LENGTH ? last : undefined;
}

/**
 * How many typing errors lead from a word of a text to a word of a query; undefined if these do not match,
 * because there are more than are forgiven or the first letter differs.
 */
export function errorsBetween(queryWord: string, word: string): number | undefined {
  if (queryWord === word) return 0;
  const forgiven = typingErrors(queryWord);
  // An error changes the length by one code point at most, which is up to two units.
  const tooFar = Math.abs(queryWord.length - word.length) > 2 * forgiven;
  if (forgiven === 0 || tooFar || queryWord.codePointAt(0) !== word.codePointAt(0)) return undefined;
  const errors = distance(queryWord, word);
  return errors <= forgiven ? errors : undefined;
}

/** The words that result from swapping two neighbouring letters, except the first. */
export function swapped(word: string): string[] {
  const letters = [...word];
  const words: string[] = [];
  for (let i = 1; i + 1 < letters.length; i++) {
    if (letters[i] === letters[i + 1]) continue;
    words.push([...letters.slice(0, i), letters[i + 1], letters[i], ...letters.slice(i + 2)].join(''));
  }
  return words;
}

/**
 * How many times a letter has to be inserted, removed, replaced or swapped with its neighbour to turn one
 * word into the other: the "optimal string alignment" distance, which Lucene uses.
 */
export function distance(one: string, other: string): number {
  const a = [...one];
  const b = [...other];
  let lastButOne: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? at(lastButOne, j - 2) + 1 : replaced;
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced, swap));
    }
    [lastButOne, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: number[], index: number): number {
  return row[index] as number;
}

/**
 * How much a spelling of a word counts, as in Lucene: 1 for the word itself, less for each error, even less
 * in short words.
 */
export function likeness(word: string, spelling: string, errors: number): number {
  return 1 - errors / Math.min([...word].length, [...spelling].length);
}
