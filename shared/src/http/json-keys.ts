/**
 * A key that the outermost object of a JSON text has twice; `undefined` if there is none. `JSON.parse` keeps
 * the last of them without an error. The text must be valid JSON.
 */
export function duplicateKey(json: string): string | undefined {
  const keys = new Set<string>();
  let depth = 0;
  for (const { 0: token, 1: colon } of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && colon !== undefined) {
      const key: string = JSON.parse(token.slice(0, token.length - colon.length));
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
