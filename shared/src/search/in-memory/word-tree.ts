import SearchableMap from 'minisearch/SearchableMap';
import { errorsBetween, likeness, MAX_SPELLINGS, swapped, typingErrors } from '../analysis/spelling.ts';

/** A word of the tree with its value, and how much it is like the word searched for: 1 for the same. */
interface Spelling<T> {
  word: string;
  value: T;
  likeness: number;
}

/** Values by word, which are found despite typing errors, in MiniSearch's radix tree. */
export class WordTree<T> {
  readonly #tree = new SearchableMap<T>();

  /** The value of the word; `make` creates it if the word is new. */
  fetch(word: string, make: () => T): T {
    return this.#tree.fetch(word, make);
  }

  delete(word: string): void {
    this.#tree.delete(word);
  }

  /** The words that match this one despite typing errors, the nearest first. */
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

  /** The values of the words that begin with this one. */
  *beginningWith(start: string): Generator<T> {
    for (const [, value] of this.#tree.atPrefix(start)) yield value;
  }

  /**
   * The words that `spellings` chooses from. The tree counts swapped letters as two errors, so it is searched
   * for the swapped words too.
   */
  #candidates(word: string, errors: number): Map<string, T> {
    const found = new Map<string, T>();
    const firstLetter = String.fromCodePoint(word.codePointAt(0) as number); // a word is not empty
    const sameStart = errors > 0 ? this.#tree.atPrefix(firstLetter) : this.#tree;
    const collect = (start: string, errorsLeft: number) => {
      if (errorsLeft === 0) {
        const value = this.#tree.get(start);
        if (value !== undefined) found.set(start, value);
      } else {
        for (const [rest, [value]] of sameStart.fuzzyGet(start.slice(firstLetter.length), errorsLeft))
          found.set(firstLetter + rest, value);
      }
      if (errorsLeft > 0) for (const other of swapped(start)) collect(other, errorsLeft - 1);
    };
    collect(word, errors);
    return found;
  }
}
