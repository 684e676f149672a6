import type { IncomingMessage } from 'node:http';

/**
 * Which client sends a request: its IPv4 address, or its IPv6 network of 64 bits, in which it can take any
 * address. Behind a proxy it is the address that the proxy has added to `X-Forwarded-For`; a client must not
 * reach the service without the proxy then.
 */
export function clientNetwork({ headers, socket }: IncomingMessage, behindProxy: boolean): string {
  const forwarded = behindProxy ? headers['x-forwarded-for'] : undefined;
  const address = String(forwarded ?? '')
    .split(',')
    .at(-1)
    ?.trim();
  return networkOf(address || (socket.remoteAddress ?? ''));
}

function networkOf(address: string): string {
  const unmapped = address.replace(/^::ffff:(?=.*\.)/, '');
  if (!unmapped.includes(':')) return unmapped;
  const [head = [], tail] = unmapped.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = tail ? Array(Math.max(0, 8 - head.length - tail.length)).fill('0') : [];
  return `${[...head, ...zeros, ...(tail ?? [])].slice(0, 4).join(':')}::`;
}
