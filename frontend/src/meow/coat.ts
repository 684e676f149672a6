const COATS = 6;

/** Every meow is anonymous, but no two neighbours need to look alike: a coat, from 0 to 5, always the same for an id. */
export function coatOf(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum % COATS;
}
