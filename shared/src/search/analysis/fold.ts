/** Latin letters that Unicode does not decompose, written as Lucene's `asciifolding` writes them. */
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
const UNDECOMPOSED = /[ßæœøđðþłħıŋŧ]/g;
// Combining marks of Latin, Greek and Cyrillic, points of Hebrew and Arabic, and the style of an emoji.
const MARKS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]|\ufe0f/g;
const ASCII = /^[\0-\x7f]*$/;

/**
 * The text without case, diacritics, width and ligatures: what two spellings of the same word have in common.
 * The vowel signs of Indic scripts and the voicing marks of kana are no diacritics in this sense and stay.
 */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return (
    text
      .normalize('NFKD')
      .replace(MARKS, '')
      .normalize('NFC')
      .toLowerCase()
      .replace(UNDECOMPOSED, (letter) => LATIN[letter] as string)
      // The lower case of Σ depends on its place in the word, and a query may end in the middle of a word.
      .replaceAll('ς', 'σ')
  );
}

// A character with its marks, or Hangul, whose letters join into syllables. The characters after \p{M} are no
// marks by category, but normalisation joins them to the character before.
const FOLDABLE = /\p{Script=Hangul}[\p{Script=Hangul}\p{M}ﾞﾟ]*|.[\p{M}ﾞﾟ\u{16d67}\u{16d68}]*/gsu;

/** A folded text that knows where each of its UTF-16 units came from. */
interface LocatedFold {
  folded: string;
  /** Start and end in the text as typed, for each unit of `folded`. */
  origins: { start: number; end: number }[];
}

/** Folds piece by piece. `folded` is the same as `fold(text)`. */
export function foldLocated(text: string): LocatedFold {
  let folded = '';
  const origins: LocatedFold['origins'] = [];
  for (const { 0: piece, index: start } of text.matchAll(FOLDABLE)) {
    const foldedPiece = fold(piece);
    const origin = { start, end: start + piece.length };
    for (let i = 0; i < foldedPiece.length; i++) origins.push(origin);
    folded += foldedPiece;
  }
  return { folded, origins };
}
