import type { estypes } from '@elastic/elasticsearch';
import { MAX_SPELLINGS, typingErrors, unfinishedWord } from '../analysis/spelling.ts';
import { WORD_WEIGHT } from '../analysis/words.ts';

/** Matches meows with any of the words, scored as `SearchRepository.searchMeows` promises. */
export function wordsQuery(words: readonly string[]): estypes.QueryDslQueryContainer {
  const unfinished = unfinishedWord(words);
  return {
    bool: {
      // One fuzzy clause for each word: expanding it into spellings is most of the engine's work.
      should: words.map((word) => ({
        function_score: {
          query: word === unfinished ? beginningWith(word) : matching(word),
          functions: [{ weight: WORD_WEIGHT }],
          boost_mode: 'sum',
        },
      })),
    },
  };
}

/** Words that only begin right add nothing to the score of `matching`. */
function beginningWith(word: string): estypes.QueryDslQueryContainer {
  const prefix = { constant_score: { filter: { prefix: { words: word } }, boost: 0 } };
  return { bool: { should: [matching(word), prefix] } };
}

/** Scores higher for rare words, and for words that are spelled right. */
function matching(word: string): estypes.QueryDslQueryContainer {
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

export const bestThenNewest: estypes.Sort = [{ _score: { order: 'desc' } }, { id: { order: 'desc' } }];
