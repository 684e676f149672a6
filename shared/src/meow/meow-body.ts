/** Longest meow, in Unicode code points as typed (before escaping). */
export const MAX_BODY_LENGTH = 140;

/** NUL (which Postgres cannot hold) and lone surrogates become U+FFFD. */
export function wellFormed(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** Control characters, except tabs and line breaks, and those that change the direction of what follows. */
const CONTROLS = /[[\p{Cc}\u202a-\u202e\u2066-\u2069]--[\t\n\r]]/gv;
/** Marks on one letter: no script needs more than these eight, and stacks of them cover the meows around. */
const EXCESS_MARKS = /(?<=\p{M}{8})\p{M}+/gv;

/** Text as it is stored: without what could change how the meows around it look. */
export function withoutControls(text: string): string {
  return text.replace(CONTROLS, '').replace(EXCESS_MARKS, '');
}

/** Length of a text in Unicode code points, the unit of `MAX_BODY_LENGTH`. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/**
 * White space and other characters that show nothing, such as zero-width ones and the empty Braille pattern.
 */
const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\u2800]/v;

/** Whether a text can be a meow: 1 to 140 code points, at least one of which is visible. */
export function isValidBody(text: string): boolean {
  // The first comparison avoids counting a text that is too long anyway: a code point is at most two units.
  return text.length <= 2 * MAX_BODY_LENGTH && codePoints(text) <= MAX_BODY_LENGTH && VISIBLE.test(text);
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
};
const CHARACTERS = Object.fromEntries(
  Object.entries(ENTITIES).map(([character, entity]) => [entity, character]),
);

/**
 * Escapes as Go's `html/template` does, which the original stores: `&` `<` `>` `'` `"`, the quotes by number.
 */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>'"]/g, (character) => ENTITIES[character] ?? character);
}

/** The inverse of `escapeHtml`; any other entity stays as it is. */
export function unescapeHtml(text: string): string {
  return text.replace(/&(?:amp|lt|gt|#39|#34);/g, (entity) => CHARACTERS[entity] ?? entity);
}
