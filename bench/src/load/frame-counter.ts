/** Counts the whole WebSocket frames (not masked, below 64 KiB, as the pusher sends) in what a socket receives. */
export class FrameCounter {
  count = 0;
  readonly #onFrame: ((payload: Buffer) => void) | undefined;
  /** The beginning of a frame whose rest has not come yet. */
  #rest: Buffer | undefined;

  constructor(onFrame?: (payload: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** Keeps nothing of the chunk: its memory may be used again. */
  read(chunk: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= 4) {
      const short = (bytes[at + 1] as number) & 0x7f;
      const head = short < 126 ? 2 : 4;
      const end = at + head + (short < 126 ? short : bytes.readUInt16BE(at + 2));
      if (end > bytes.length) break;
      this.count++;
      this.#onFrame?.(bytes.subarray(at + head, end));
      at = end;
    }
    this.#rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
  }
}
