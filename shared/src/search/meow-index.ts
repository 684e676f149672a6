import MiniSearch, { type SearchResult } from 'minisearch';
import type { Meow } from '../schema/meow.ts';
import { bodyWords, queryWords } from './words.ts';

/** Meows by their words, in memory. */
export class MeowIndex {
  readonly #meows = new Map<string, Meow>();
  readonly #engine = new MiniSearch<Meow>({
    fields: ['body'],
    tokenize: (text) => text.split(' '),
    processTerm: (term) => term,
    extractField: (meow, field) => (field === 'body' ? bodyWords(meow.body).join(' ') : meow.id),
  });

  get size(): number {
    return this.#meows.size;
  }

  has(id: string): boolean {
    return this.#meows.has(id);
  }

  /** Adds the meow, or replaces the one with this id. */
  put(meow: Meow): void {
    const old = this.#meows.get(meow.id);
    if (old?.body !== meow.body) {
      if (old) this.#engine.remove(old);
      this.#engine.add(meow);
    }
    this.#meows.set(meow.id, meow);
  }

  search(query: string, skip: number, take: number): Meow[] {
    const found = this.#engine.search({ combineWith: 'OR', queries: queryWords(query).map(wordQuery) });
    return found
      .sort(bestFirst)
      .slice(skip, skip + take)
      .map((result) => this.#meows.get(result.id) as Meow);
  }
}

function wordQuery(word: string) {
  const firstLetter = String.fromCodePoint(word.codePointAt(0) as number);
  return {
    queries: [word],
    fuzzy: typingErrors(word),
    boostDocument: (_id: string, found: string) => (found.startsWith(firstLetter) ? 1 : 0),
    // How rare a word is counts, how often it occurs in a short text and how long that is does not: equal matches are equal.
    bm25: { k: 0, b: 0, d: 0 },
  };
}

/** As many as Elasticsearch forgives with `fuzziness: AUTO`. */
function typingErrors(word: string): number {
  const letters = [...word].length;
  return letters < 3 ? 0 : letters < 6 ? 1 : 2;
}

/** More words, then more words without typing errors, then rarer words, then newer. */
function bestFirst(a: SearchResult, b: SearchResult): number {
  return (
    b.queryTerms.length - a.queryTerms.length ||
    exactWords(b) - exactWords(a) ||
    b.score - a.score ||
    (a.id < b.id ? 1 : -1)
  );
}

function exactWords(result: SearchResult): number {
  return result.queryTerms.filter((word) => Object.hasOwn(result.match, word)).length;
}
