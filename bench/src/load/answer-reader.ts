const HEAD_END = '\r\n\r\n';
const STATUS_AT = 'HTTP/1.1 '.length;

/** Finds where HTTP answers with a `Content-Length` (or none, as 304) end in what a socket receives. */
export class AnswerReader {
  readonly #onAnswer: (status: number) => void;
  #head: Buffer = Buffer.alloc(0);
  #status = 0;
  /** Bytes of the body that are still to come. */
  #left = 0;

  constructor(onAnswer: (status: number) => void) {
    this.#onAnswer = onAnswer;
  }

  read(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#left > 0 ? this.#readBody(rest) : this.#readHead(rest);
  }

  #readHead(chunk: Buffer): Buffer {
    const bytes = this.#head.length > 0 ? Buffer.concat([this.#head, chunk]) : chunk;
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) {
      this.#head = bytes;
      return Buffer.alloc(0);
    }
    this.#head = Buffer.alloc(0);
    const head = bytes.toString('latin1', 0, end);
    this.#status = Number(head.slice(STATUS_AT, STATUS_AT + 3));
    this.#left = Number(/\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#left === 0) this.#onAnswer(this.#status);
    return bytes.subarray(end + HEAD_END.length);
  }

  #readBody(chunk: Buffer): Buffer {
    const taken = Math.min(this.#left, chunk.length);
    this.#left -= taken;
    if (this.#left === 0) this.#onAnswer(this.#status);
    return chunk.subarray(taken);
  }
}
