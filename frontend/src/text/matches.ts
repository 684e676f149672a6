const WORD = /[\p{L}\p{N}\p{M}_]+/gu;

export interface Stretch {
  text: string;
  matched: boolean;
}

/** The words of a query as the search sees them: case and diacritics folded. */
export function queryWords(query: string): string[] {
  return [...new Set(Array.from(query.matchAll(WORD), ([word]) => fold(word)))];
}

/** Whether the search would find the text: any word of the query, typing errors forgiven. */
export function matchesQuery(text: string, query: string): boolean {
  const wanted = queryWords(query);
  return Array.from(text.matchAll(WORD)).some(([word]) => isWanted(word, wanted));
}

/** Cuts a text into what matches and what does not. Joined again, the stretches are the text to the letter. */
export function matchStretches(text: string, wanted: readonly string[]): Stretch[] {
  const stretches: Stretch[] = [];
  let end = 0;
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (!isWanted(word, wanted)) continue;
    if (index > end) stretches.push({ text: text.slice(end, index), matched: false });
    stretches.push({ text: word, matched: true });
    end = index + word.length;
  }
  if (end < text.length) stretches.push({ text: text.slice(end), matched: false });
  return stretches;
}

function isWanted(word: string, wanted: readonly string[]): boolean {
  const folded = fold(word);
  return wanted.some((term) => isClose(folded, term));
}

function fold(word: string): string {
  return word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** As the search engine's `fuzziness: AUTO` with the first letter exact: up to 2 letters none, up to 5 one error, else two. */
function isClose(word: string, term: string): boolean {
  if (word === term) return true;
  const errors = term.length <= 2 ? 0 : term.length <= 5 ? 1 : 2;
  if (errors === 0 || word[0] !== term[0] || Math.abs(word.length - term.length) > errors) return false;
  return distance(word, term) <= errors;
}

/** Letters to put in, take out, change or swap with their neighbour. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let least = Math.min(
        at(above, column) + 1,
        at(line, column - 1) + 1,
        at(above, column - 1) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, at(before, column - 2) + 1);
      }
      line.push(least);
    }
    before = above;
    above = line;
  }
  return at(above, b.length);
}

function at(line: readonly number[], index: number): number {
  return line[index] ?? 0;
}
