/**
 * Counts the WebSocket frames that a socket receives: unmasked and shorter than 64 KiB, as the pusher sends
 * them.
 */
export class FrameCounter {
  count = 0;
  readonly #onFrame: ((payload: Buffer) => void) | undefined;
  /** The beginning of a frame whose end has not arrived. */
  #incomplete: Buffer | undefined;

  constructor(onFrame?: (payload: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** Keeps no reference to the chunk: its memory may be reused. */
  read(chunk: Buffer): void {
    const bytes = this.#incomplete ? Buffer.concat([this.#incomplete, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= 4) {
      const shortLength = (bytes[at + 1] as number) & 0x7f;
      const headLength = shortLength < 126 ? 2 : 4;
      const end = at + headLength + (shortLength < 126 ? shortLength : bytes.readUInt16BE(at + 2));
      if (end > bytes.length) break;
      this.count++;
      this.#onFrame?.(bytes.subarray(at + headLength, end));
      at = end;
    }
    this.#incomplete = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
  }
}
