import type { estypes } from '@elastic/elasticsearch';
import { MAX_SPELLINGS, typingErrors, unfinishedWord } from '../analysis/spelling.ts';
import { BEGINNING_WEIGHT, WORD_WEIGHT } from '../analysis/words.ts';

type Query = estypes.QueryDslQueryContainer;

/**
 * Matches meows with every word as typed. No others rank higher than these, and these rank equally: the
 * newest are the best.
 */
export function everyWordAsTyped(words: readonly string[]): Query {
  return { bool: { filter: words.map(asTyped) } };
}

/** Matches meows with any of the words as typed. */
export function anyWordAsTyped(words: readonly string[]): Query {
  return { bool: { should: words.map(asTyped) } };
}

/** Matches meows with every word, also misspelled or begun. */
export function everyWord(words: readonly string[]): Query {
  return { bool: { filter: everyForm(words) } };
}

/** Matches meows with any of the words, scored as `SearchRepository.searchMeows` promises. */
export function anyWordScored(words: readonly string[]): Query {
  return { bool: { should: scores(words) } };
}

/** As `everyWord`, scored. */
export function everyWordScored(words: readonly string[]): Query {
  return { bool: { filter: everyForm(words), should: scores(words) } };
}

function everyForm(words: readonly string[]): Query[] {
  return words.map((word) => ({ bool: { should: forms(word, words) } }));
}

/** One for each word: the engine learns what the word can add, and skips what cannot reach the page. */
function scores(words: readonly string[]): Query[] {
  const weights = [WORD_WEIGHT, BEGINNING_WEIGHT];
  return words.map((word) => {
    const found = forms(word, words).map((filter, i) => ({ constant_score: { filter, boost: weights[i] } }));
    return { bool: { should: [{ dis_max: { queries: found } }, asTyped(word)] } };
  });
}

/** The word, with typing errors, and words that begin with it if it is unfinished. */
function forms(word: string, words: readonly string[]): Query[] {
  const isUnfinished = word === unfinishedWord(words);
  return [similarTo(word), ...(isUnfinished ? [{ prefix: { words: word } }] : [])];
}

/** Scores higher for rare words. */
function asTyped(word: string): Query {
  return { term: { words: word } };
}

function similarTo(word: string): Query {
  return {
    match: {
      words: {
        query: word,
        fuzziness: typingErrors(word),
        prefix_length: 1,
        max_expansions: MAX_SPELLINGS,
        fuzzy_transpositions: true,
      },
    },
  };
}

export const newest: estypes.Sort = [{ id: { order: 'desc' } }];
export const bestThenNewest: estypes.Sort = [{ _score: { order: 'desc' } }, { id: { order: 'desc' } }];
