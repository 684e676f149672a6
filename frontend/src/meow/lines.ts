/** More lines than that are shown on request. */
const MAX_LINES = 8;

/** The text with at most one blank line in a row. */
export function withoutBlankRuns(text: string): string {
  return text.replace(/(?:[^\S\n]*\n){3,}/g, '\n\n');
}

export function firstLines(text: string): string {
  return text.split('\n').slice(0, MAX_LINES).join('\n');
}
