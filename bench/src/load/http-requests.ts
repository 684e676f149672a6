// Requests as text, for connections that are kept alive.

export function getRequest(path: string, headers: Readonly<Record<string, string>> = {}): string {
  return head(`GET ${path}`, headers);
}

/** In the query string, as the original's front end posts. */
export function postMeow(body: string): string {
  const form = `body=${encodeURIComponent(body)}`;
  return head(`POST /meows?${form}`, { 'content-length': '0' });
}

export function postJson(path: string, body: unknown): string {
  const text = JSON.stringify(body);
  const length = String(Buffer.byteLength(text));
  return head(`POST ${path}`, { 'content-type': 'application/json', 'content-length': length }) + text;
}

function head(start: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ host: 'bench', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${start} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
