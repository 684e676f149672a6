import SearchableMap from 'minisearch/SearchableMap';
import { errorsBetween, likeness, MAX_SPELLINGS, swapped, typingErrors } from '../analysis/spelling.ts';

/** A word that is there, with the value it has, and how much it is like the one looked for: 1 for the same. */
export interface Spelling<T> {
  word: string;
  value: T;
  likeness: number;
}

/** Values by word, found in spite of typing errors, on MiniSearch's radix tree. */
export class WordTree<T> {
  readonly #tree = new SearchableMap<T>();

  /** The value of the word, made first if it is not there. */
  fetch(word: string, make: () => T): T {
    return this.#tree.fetch(word, make);
  }

  delete(word: string): void {
    this.#tree.delete(word);
  }

  /** The word itself and those that differ by so many typing errors, but for the first letter; the nearest first. */
  spellings(word: string): Spelling<T>[] {
    const spellings: Spelling<T>[] = [];
    for (const [found, value] of this.#candidates(word, typingErrors(word))) {
      const errors = errorsBetween(word, found);
      if (errors !== undefined)
        spellings.push({ word: found, value, likeness: likeness(word, found, errors) });
    }
    return spellings
      .sort((a, b) => b.likeness - a.likeness || (a.word < b.word ? -1 : 1))
      .slice(0, MAX_SPELLINGS);
  }

  /** All that `spellings` can want, and some more: the tree does not know swapped letters, so these are tried. */
  #candidates(word: string, errors: number): Map<string, T> {
    const found = new Map<string, T>();
    const firstLetter = String.fromCodePoint(word.codePointAt(0) as number);
    const alike = errors > 0 ? this.#tree.atPrefix(firstLetter) : this.#tree;
    const look = (start: string, errorsLeft: number) => {
      if (errorsLeft === 0) {
        const value = this.#tree.get(start);
        if (value !== undefined) found.set(start, value);
      } else {
        for (const [rest, [value]] of alike.fuzzyGet(start.slice(firstLetter.length), errorsLeft))
          found.set(firstLetter + rest, value);
      }
      if (errorsLeft > 0) for (const other of swapped(start)) look(other, errorsLeft - 1);
    };
    look(word, errors);
    return found;
  }
}
