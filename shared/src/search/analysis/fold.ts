/** Latin letters that are no letter with an accent in Unicode's eyes, as Lucene's `asciifolding` writes them. */
const LATIN: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ŧ: 't',
};
const NOT_PLAIN = /[ßæœøđðþłħıŋŧ]/g;
// The combining marks of Latin, Greek and Cyrillic, the points of Hebrew and Arabic, and the choice of how an emoji is drawn.
const MARKS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]|\ufe0f/g;
const ASCII = /^[\0-\x7f]*$/;

/**
 * The text without regard to case, diacritics, width and ligatures: what two spellings of the same word have in common.
 * The vowel signs of Indic scripts and the voicing of kana are no diacritics in this sense: they stay.
 */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return (
    text
      .normalize('NFKD')
      .replace(MARKS, '')
      .normalize('NFC')
      .toLowerCase()
      .replace(NOT_PLAIN, (letter) => LATIN[letter] as string)
      // Lower case of Σ depends on its place in the word, which a searcher may not know yet.
      .replaceAll('ς', 'σ')
  );
}
