/** Most spellings of a word that are followed, the nearest first. */
export const MAX_SPELLINGS = 50;

const LETTER = /^[\p{L}\p{N}]/u;

/** Longest word in which errors are forgiven, in letters: what is longer is hardly typed, and would cost the most. */
const MAX_FORGIVING_LENGTH = 40;

/** How many typing errors are forgiven in a word: as many as Elasticsearch's `AUTO` does, and none in an emoji. */
export function typingErrors(word: string): 0 | 1 | 2 {
  if (!LETTER.test(word)) return 0;
  const { length } = [...word];
  if (length < 3 || length > MAX_FORGIVING_LENGTH) return 0;
  return length < 6 ? 1 : 2;
}

/** The words that come of swapping two neighbouring letters, the first one apart. */
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
 * How many times a letter has to be inserted, removed, replaced or swapped with its neighbour to make one word of the other: the
 * "optimal string alignment" distance, by which Lucene counts.
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
 * How much a spelling of a word counts: 1 for the word itself, less for each error, the more so in a short word; as in Lucene.
 */
export function likeness(word: string, spelling: string, errors: number): number {
  return 1 - errors / Math.min([...word].length, [...spelling].length);
}
