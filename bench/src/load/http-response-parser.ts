const HEAD_END = '\r\n\r\n';
const LINE_END = '\r\n';
const STATUS_AT = 'HTTP/1.1 '.length;

/**
 * Finds the end of each HTTP response in what a socket receives, by its `Content-Length` (without one there
 * is no body, as with 304) or by its last chunk. It reads no more than that: the load must cost little
 * compared with the server.
 */
export class HttpResponseParser {
  readonly #onResponse: (status: number) => void;
  /** The beginning of a head or of a chunk's size line whose end has not arrived. */
  #incomplete: Buffer = Buffer.alloc(0);
  #status = 0;
  #chunked = false;
  /** Bytes of the body or chunk that have not arrived. */
  #remaining = 0;

  constructor(onResponse: (status: number) => void) {
    this.#onResponse = onResponse;
  }

  read(bytes: Buffer): void {
    let unread = bytes;
    while (unread.length > 0) {
      if (this.#remaining > 0) unread = this.#skipBody(unread);
      else unread = this.#readLines(unread, this.#chunked ? LINE_END : HEAD_END);
    }
  }

  #skipBody(bytes: Buffer): Buffer {
    const skipped = Math.min(this.#remaining, bytes.length);
    this.#remaining -= skipped;
    if (this.#remaining === 0 && !this.#chunked) this.#onResponse(this.#status);
    return bytes.subarray(skipped);
  }

  #readLines(bytes: Buffer, end: string): Buffer {
    const all = this.#incomplete.length > 0 ? Buffer.concat([this.#incomplete, bytes]) : bytes;
    const at = all.indexOf(end);
    this.#incomplete = at < 0 ? all : Buffer.alloc(0);
    if (at < 0) return Buffer.alloc(0);
    const lines = all.toString('latin1', 0, at);
    if (this.#chunked) this.#startChunk(lines);
    else this.#startResponse(lines);
    return all.subarray(at + end.length);
  }

  #startResponse(head: string): void {
    this.#status = Number(head.slice(STATUS_AT, STATUS_AT + 3));
    this.#chunked = /\ntransfer-encoding: *chunked/i.test(head);
    this.#remaining = Number(/\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#remaining === 0 && !this.#chunked) this.#onResponse(this.#status);
  }

  /** A line with the chunk's size in hexadecimal. An empty line follows the last chunk, of size 0. */
  #startChunk(line: string): void {
    if (line === '') {
      this.#chunked = false;
      this.#onResponse(this.#status);
      return;
    }
    const size = Number.parseInt(line, 16);
    this.#remaining = size > 0 ? size + LINE_END.length : 0;
  }
}
