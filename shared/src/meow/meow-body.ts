/** Longest meow, in Unicode code points as typed (before escaping). */
export const MAX_BODY_LENGTH = 140;

/** Text as it is stored: NUL (which Postgres cannot hold) and lone surrogates become U+FFFD. */
export function wellFormed(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** Length of a text in Unicode code points, the unit of `MAX_BODY_LENGTH`. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Whether a text can be a meow: 1 to 140 code points, not only white space. */
export function isValidBody(text: string): boolean {
  // The first comparison avoids counting a text that is too long anyway: a code point is at most two units.
  return text.length <= 2 * MAX_BODY_LENGTH && codePoints(text) <= MAX_BODY_LENGTH && text.trim() !== '';
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
