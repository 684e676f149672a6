import { errorsBetween, unfinishedWord } from './spelling.ts';
import { locateWords, queryWords, words } from './words.ts';

/** A part of a text as typed, in UTF-16 units. */
export interface TextRange {
  start: number;
  end: number;
}

/** What a search finds in a text, by the rules that every search engine follows. */
interface Matcher {
  /** Whether the search finds the text. */
  matches(text: string): boolean;
  /** What to highlight: every word that matches, neighbours joined. Empty if the text does not match. */
  ranges(text: string): TextRange[];
}

export function createMatcher(query: string): Matcher {
  const wanted = queryWords(query);
  const unfinished = unfinishedWord(wanted);
  const isWanted = (word: string) =>
    wanted.some((typed) => errorsBetween(typed, word) !== undefined) ||
    (unfinished !== undefined && word.startsWith(unfinished));
  return {
    matches: (text) => words(text).some(isWanted),
    ranges(text) {
      const ranges: TextRange[] = [];
      for (const { word, start, end } of locateWords(text)) {
        if (!isWanted(word)) continue;
        const last = ranges.at(-1);
        if (last !== undefined && start <= last.end) last.end = end;
        else ranges.push({ start, end });
      }
      return ranges;
    },
  };
}
