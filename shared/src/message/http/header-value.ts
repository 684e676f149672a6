/**
 * CloudEvents attributes as HTTP header values: percent-encoded (HTTP protocol binding 1.0.2, section
 * 3.1.3.2). Half of a surrogate pair becomes U+FFFD.
 */
export function encodeHeaderValue(value: string): string {
  return value.toWellFormed().replaceAll(/[^\x21-\x7e]|["%]/gu, encodeURIComponent);
}

/**
 * Throws a `URIError` when the encoded bytes are no UTF-8. Quotation marks of older senders are taken off.
 */
export function decodeHeaderValue(value: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1];
  return (quoted?.replaceAll(/\\(.)/g, '$1') ?? value).replaceAll(/(?:%[\da-f]{2})+/gi, decodeURIComponent);
}
