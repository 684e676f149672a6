import type { Meow } from '../../meow/meow.ts';
import { rarity } from '../analysis/rarity.ts';
import { unfinishedWord } from '../analysis/spelling.ts';
import { BEGINNING_WEIGHT, bodyWords, queryWords, WORD_WEIGHT } from '../analysis/words.ts';
import { top } from './top-k.ts';
import { WordTree } from './word-tree.ts';

/** The numbers of the meows that contain a word. */
type Postings = number[];

/**
 * Meows by their words, in memory, ranked as by Lucene. docs/decisions/search-in-memory.md explains why not by
 * MiniSearch.
 */
export class MeowIndex {
  readonly #meows: Meow[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #words = new WordTree<Postings>();

  get size(): number {
    return this.#meows.length;
  }

  has(id: string): boolean {
    return this.#numbers.has(id);
  }

  /** Ascending. */
  idsAfter(id: string): string[] {
    return [...this.#numbers.keys()].filter((each) => each > id).sort();
  }

  /** Adds the meow, or replaces the one with this id. */
  put(meow: Meow): void {
    const number = this.#numbers.get(meow.id) ?? this.#meows.length;
    const old = this.#meows[number];
    this.#numbers.set(meow.id, number);
    this.#meows[number] = meow;
    if (old?.body === meow.body) return;
    if (old) this.#removeWords(number, old);
    for (const word of new Set(bodyWords(meow.body))) this.#words.fetch(word, () => []).push(number);
  }

  /** Does nothing if the meow is not there. */
  delete(id: string): void {
    const number = this.#numbers.get(id);
    if (number === undefined) return;
    this.#removeWords(number, this.#meow(number));
    this.#numbers.delete(id);
    const last = this.#meows.pop() as Meow; // there was at least the meow itself
    if (last.id !== id) this.#renumber(last, this.#meows.length, number);
  }

  #renumber(meow: Meow, from: number, to: number): void {
    this.#meows[to] = meow;
    this.#numbers.set(meow.id, to);
    for (const word of new Set(bodyWords(meow.body))) {
      const postings = this.#words.fetch(word, () => []);
      postings[postings.indexOf(from)] = to;
    }
  }

  #removeWords(number: number, old: Meow): void {
    for (const word of new Set(bodyWords(old.body))) {
      const postings = this.#words.fetch(word, () => []);
      postings.splice(postings.indexOf(number), 1);
      if (postings.length === 0) this.#words.delete(word);
    }
  }

  search(query: string, skip: number, take: number): Meow[] {
    const scores = this.#scores(queryWords(query));
    const better = (a: number, b: number) => at(scores, b) - at(scores, a) || this.#newer(a, b);
    const best = top(matching(scores), skip + take, better);
    return best.slice(skip).map((number) => this.#meow(number));
  }

  /** By number; 0 for meows that do not match. */
  #scores(words: string[]): Float32Array {
    const scores = new Float64Array(this.size);
    const lastWord = new Uint8Array(this.size);
    words.forEach((word, i) => {
      for (const { word: spelling, value: postings } of this.#words.spellings(word)) {
        const bonus = spelling === word ? rarity(postings.length, this.size) : 0;
        for (const number of postings) {
          // A word counts once, even if a meow contains several spellings of it.
          const weight = lastWord[number] === i + 1 ? 0 : WORD_WEIGHT;
          lastWord[number] = i + 1;
          scores[number] = at(scores, number) + weight + bonus;
        }
      }
    });
    const unfinished = unfinishedWord(words);
    if (unfinished !== undefined) {
      for (const postings of this.#words.beginningWith(unfinished)) {
        for (const number of postings) {
          if (lastWord[number] === words.length) continue;
          lastWord[number] = words.length;
          scores[number] = at(scores, number) + BEGINNING_WEIGHT;
        }
      }
    }
    // In single precision, as in Lucene, sums are equal if they differ only in the order of their summands.
    return new Float32Array(scores);
  }

  #newer(a: number, b: number): number {
    return this.#meow(a).id < this.#meow(b).id ? 1 : -1;
  }

  #meow(number: number): Meow {
    return this.#meows[number] as Meow; // numbers come from `#numbers` and the scores, one for each meow
  }
}

/** The last first: most of them are newer, and the heap of `top` changes least if the best come first. */
function* matching(scores: Float32Array): Generator<number> {
  for (let number = scores.length - 1; number >= 0; number--) if (at(scores, number) > 0) yield number;
}

function at(scores: Float64Array | Float32Array, number: number): number {
  return scores[number] as number; // there is one for each meow
}
