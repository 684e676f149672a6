import type { Msg, MsgHdrs } from 'nats';

/** Header values by name, as they are in a message: of a repeated one the first, or `lastCounts`. */
export type Headers = ReadonlyMap<string, string>;

/**
 * The client's own headers check every character of every line, when they are built and when they are read.
 * That costs a third of publishing or receiving a message.
 */
export function toWire(headers: Headers): MsgHdrs {
  let text = 'NATS/1.0\r\n';
  for (const [name, value] of headers) text += `${name}: ${value}\r\n`;
  const bytes = Buffer.from(`${text}\r\n`, 'latin1');
  // Publishing takes nothing else of them.
  return { encode: () => bytes } as unknown as MsgHdrs;
}

/** What the client keeps in a message before it reads the headers. */
interface Internals {
  _msg: { hdr: number };
  _rdata: Uint8Array;
}

/** The headers of a message. When the client's internals change, its own `headers` are taken. */
export function headersOf(msg: Msg): Headers {
  const { _msg: sizes, _rdata: bytes } = msg as Msg & Partial<Internals>;
  if (sizes && bytes) return sizes.hdr > 0 ? fromWire(bytes.subarray(0, sizes.hdr)) : new Map();
  return new Map(
    Array.from(msg.headers ?? [], ([name, values]) => [name, values.at(lastCounts(name) ? -1 : 0) ?? '']),
  );
}

/** The server appends its own headers, such as the sequence, to those of the publisher, who may forge them. */
function lastCounts(name: string): boolean {
  return name.startsWith('Nats-');
}

function fromWire(bytes: Uint8Array): Headers {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const headers = new Map<string, string>();
  for (let start = text.indexOf('\r\n') + 2, end = 0; ; start = end + 2) {
    end = text.indexOf('\r\n', start);
    if (end <= start) return headers;
    const colon = text.indexOf(':', start);
    if (colon < 0 || colon > end) continue;
    const name = text.slice(start, colon);
    if (!headers.has(name) || lastCounts(name)) headers.set(name, text.slice(colon + 1, end).trim());
  }
}
