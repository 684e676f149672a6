const COATS = 6;

/** The colours of the anonymous author's avatar, 0 to 5. Always the same for an id; most neighbours differ. */
export function coatOf(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum % COATS;
}
