import { unescapeHtml } from '../../schema/meow-body.ts';
import { fold } from './fold.ts';

/** What one more word found weighs: more than how rare and how exact they all are. */
export const WORD_WEIGHT = 1000;
/** Most words of a query that are looked for; the rest is left out, so that no query costs more than its share. */
export const MAX_QUERY_WORDS = 32;
/** Most code points of a query that are read: as many as a meow can have, so every meow finds itself. */
export const MAX_QUERY_LENGTH = 140;

/**
 * A word is an emoji (whole, as it is seen), one ideograph or hiragana, a run of katakana, or a run of other letters, digits and marks.
 * So say Unicode's rules (UAX #29) and the standard tokenizer of Elasticsearch, but for `'` `.` `:` `_` inside a word, which
 * always separate here: `Tom's` is found by `tom`, and a full stop without a space joins nothing.
 */
const WORD = new RegExp(
  [
    String.raw`[\p{Extended_Pictographic}\p{Emoji_Modifier}][\p{Emoji_Modifier}\u{e0020}-\u{e007f}]*(?:\u200d\p{Extended_Pictographic}\p{Emoji_Modifier}*)*`,
    String.raw`\p{Regional_Indicator}{2}`,
    String.raw`[\p{Script=Han}\p{Script=Hiragana}]`,
    String.raw`[\p{Script=Katakana}ー]+`,
    String.raw`[[\p{L}\p{N}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]][[\p{L}\p{N}\p{M}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]]*`,
  ].join('|'),
  'gv',
);

/** The words of a text as typed, folded, in order, with repetitions. */
export function words(text: string): string[] {
  return fold(text).match(WORD) ?? [];
}

/** The words of a meow's body, which is escaped. */
export function bodyWords(body: string): string[] {
  return words(unescapeHtml(body));
}

/** The different words of a query, bounded in number. */
export function queryWords(query: string): string[] {
  // Cut before splitting into code points: a query may be as long as a URL.
  const start = [...query.slice(0, 2 * MAX_QUERY_LENGTH)].slice(0, MAX_QUERY_LENGTH).join('');
  return [...new Set(words(start.toWellFormed()))].slice(0, MAX_QUERY_WORDS);
}
