import type { Meow } from '../../schema/meow.ts';
import { bodyWords, queryWords, WORD_WEIGHT } from '../analysis/words.ts';
import { top } from './top-k.ts';
import { type Spelling, WordTree } from './word-tree.ts';

/** Numbers of the meows that have a word. */
type Holders = number[];

/**
 * Meows by their words, in memory, ranked as Lucene does. Why not by MiniSearch: docs/decisions/search-in-memory.md.
 */
export class MeowIndex {
  readonly #meows: Meow[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #words = new WordTree<Holders>();

  get size(): number {
    return this.#meows.length;
  }

  has(id: string): boolean {
    return this.#numbers.has(id);
  }

  /** Adds the meow, or replaces the one with this id. */
  put(meow: Meow): void {
    const number = this.#numbers.get(meow.id) ?? this.#meows.length;
    const old = this.#meows[number];
    this.#numbers.set(meow.id, number);
    this.#meows[number] = meow;
    if (old?.body === meow.body) return;
    if (old) this.#forgetWords(number, old);
    for (const word of new Set(bodyWords(meow.body))) this.#words.fetch(word, () => []).push(number);
  }

  #forgetWords(number: number, old: Meow): void {
    for (const word of new Set(bodyWords(old.body))) {
      const holders = this.#words.fetch(word, () => []);
      holders.splice(holders.indexOf(number), 1);
      if (holders.length === 0) this.#words.delete(word);
    }
  }

  search(query: string, skip: number, take: number): Meow[] {
    const scores = this.#scores(queryWords(query));
    const better = (a: number, b: number) => at(scores, b) - at(scores, a) || this.#newer(a, b);
    const best = top(found(scores), skip + take, better);
    return best.slice(skip).map((number) => this.#meow(number));
  }

  /** By number; 0 where nothing was found. */
  #scores(words: string[]): Float32Array {
    const scores = new Float64Array(this.size);
    const lastWord = new Uint8Array(this.size);
    words.forEach((word, i) => {
      const spellings = this.#words.spellings(word);
      const rarity = this.#rarity(spellings);
      for (const { value: holders, likeness } of spellings) {
        for (const number of holders) {
          // A word counts as one, in however many spellings it is there.
          const weight = lastWord[number] === i + 1 ? 0 : WORD_WEIGHT;
          lastWord[number] = i + 1;
          scores[number] = at(scores, number) + weight + likeness * rarity;
        }
      }
    });
    // Sums that differ only in the order of the summands are equal in single precision, which Lucene uses as well.
    return new Float32Array(scores);
  }

  /** BM25's, the same for all spellings: that a typing error is rare makes it no better. */
  #rarity(spellings: Spelling<Holders>[]): number {
    const holders = Math.max(0, ...spellings.map(({ value }) => value.length));
    return Math.log(1 + (this.size - holders + 0.5) / (holders + 0.5));
  }

  #newer(a: number, b: number): number {
    return this.#meow(a).id < this.#meow(b).id ? 1 : -1;
  }

  #meow(number: number): Meow {
    return this.#meows[number] as Meow;
  }
}

/** Late ones first: most are newer, and what comes first in the end need not be looked at again. */
function* found(scores: Float32Array): Generator<number> {
  for (let number = scores.length - 1; number >= 0; number--) if (at(scores, number) > 0) yield number;
}

function at(scores: Float64Array | Float32Array, number: number): number {
  return scores[number] as number;
}
