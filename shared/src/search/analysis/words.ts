import { unescapeHtml } from '../../meow/meow-body.ts';
import { fold, foldLocated } from './fold.ts';

/**
 * What each further word of a query that is found adds to the score: more than rarity and exact spelling
 * together.
 */
export const WORD_WEIGHT = 1000;
/** The same for a word that only begins as the last word of the query. */
export const BEGINNING_WEIGHT = 999;
/** Most words of a query that are searched; the others are ignored: the cost of a query is bounded. */
const MAX_QUERY_WORDS = 10;
/** Most code points of a query that are read: as many as a meow can have: every meow finds itself. */
const MAX_QUERY_LENGTH = 140;

/**
 * A word is an emoji (whole, as it is displayed), one ideograph or hiragana, a run of katakana, or a run of
 * other letters, digits and marks. These are Unicode's rules (UAX #29) and those of Elasticsearch's standard
 * tokenizer, except that `'` `.` `:` `_` always separate: `tom` finds `Tom's`, and a full stop without a
 * space joins nothing.
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

/** A word, folded, and its place in the text as typed, in UTF-16 units. */
interface LocatedWord {
  word: string;
  start: number;
  end: number;
}

/** The same words as `words`, with their places. Words that come from one character (`½`) share its place. */
export function locateWords(text: string): LocatedWord[] {
  const { folded, origins } = foldLocated(text);
  return Array.from(folded.matchAll(WORD), ({ 0: word, index }) => ({
    word,
    start: origins[index]?.start ?? 0,
    end: origins[index + word.length - 1]?.end ?? 0,
  }));
}

/** The words of a meow's body, which is escaped. */
export function bodyWords(body: string): string[] {
  return words(unescapeHtml(body));
}

/** The different words of a query, at most `MAX_QUERY_WORDS`. */
export function queryWords(query: string): string[] {
  // Cut before splitting into code points: a query may be as long as a URL.
  const start = [...query.slice(0, 2 * MAX_QUERY_LENGTH)].slice(0, MAX_QUERY_LENGTH).join('');
  return [...new Set(words(start.toWellFormed()))].slice(0, MAX_QUERY_WORDS);
}
