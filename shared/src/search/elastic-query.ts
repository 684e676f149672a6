import type { estypes } from '@elastic/elasticsearch';

/** What one more word weighs: more than rarity and typing errors together ever do. */
const WORD_WEIGHT = 1000;

/** Meows that have any of the words; see `Repository.searchMeows` for their order. */
export function wordsQuery(words: readonly string[]): estypes.QueryDslQueryContainer {
  return {
    bool: {
      should: words.flatMap((word) => [
        { constant_score: { filter: matching(word), boost: WORD_WEIGHT } },
        matching(word),
      ]),
    },
  };
}

/** `AUTO`: no typing error in one or two letters, one in three to five, two in more. A word spelled right scores higher. */
function matching(word: string): estypes.QueryDslQueryContainer {
  return {
    match: {
      words: {
        query: word,
        fuzziness: 'AUTO',
        prefix_length: 1,
        max_expansions: 50,
        fuzzy_transpositions: true,
      },
    },
  };
}

export const bestThenNewest: estypes.Sort = [{ _score: { order: 'desc' } }, { id: { order: 'desc' } }];
