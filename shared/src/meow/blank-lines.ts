/** The text with at most one blank line in a row. Unicode has more characters that end a line than `\n`. */
export function withoutBlankRuns(text: string): string {
  return text.replace(/\r\n|[\r\v\f\u0085\u2028\u2029]/g, '\n').replace(/(?:[^\S\n]*\n){3,}/g, '\n\n');
}
