const HEAD_END = '\r\n\r\n';
const LINE_END = '\r\n';
const STATUS_AT = 'HTTP/1.1 '.length;

/** Finds where HTTP answers end in what a socket receives: by their length (none: no body, as with 304), or by their last chunk. */
export class AnswerReader {
  readonly #onAnswer: (status: number) => void;
  /** What came of a head, or of a chunk's size, whose end has not come yet. */
  #begun: Buffer = Buffer.alloc(0);
  #status = 0;
  #chunked = false;
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;

  constructor(onAnswer: (status: number) => void) {
    this.#onAnswer = onAnswer;
  }

  read(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#left > 0) rest = this.#pass(rest);
      else rest = this.#readLines(rest, this.#chunked ? LINE_END : HEAD_END);
    }
  }

  #pass(bytes: Buffer): Buffer {
    const taken = Math.min(this.#left, bytes.length);
    this.#left -= taken;
    if (this.#left === 0 && !this.#chunked) this.#onAnswer(this.#status);
    return bytes.subarray(taken);
  }

  #readLines(bytes: Buffer, end: string): Buffer {
    const all = this.#begun.length > 0 ? Buffer.concat([this.#begun, bytes]) : bytes;
    const at = all.indexOf(end);
    this.#begun = at < 0 ? all : Buffer.alloc(0);
    if (at < 0) return Buffer.alloc(0);
    const lines = all.toString('latin1', 0, at);
    if (this.#chunked) this.#chunkBegins(lines);
    else this.#answerBegins(lines);
    return all.subarray(at + end.length);
  }

  #answerBegins(head: string): void {
    this.#status = Number(head.slice(STATUS_AT, STATUS_AT + 3));
    this.#chunked = /\ntransfer-encoding: *chunked/i.test(head);
    this.#left = Number(/\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#left === 0 && !this.#chunked) this.#onAnswer(this.#status);
  }

  /** A line with the chunk's size in hexadecimal; after the last, of size 0, an empty one. */
  #chunkBegins(line: string): void {
    if (line === '') {
      this.#chunked = false;
      this.#onAnswer(this.#status);
      return;
    }
    const size = Number.parseInt(line, 16);
    this.#left = size > 0 ? size + LINE_END.length : 0;
  }
}
