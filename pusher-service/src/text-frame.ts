const FINAL_TEXT = 0x81;

/**
 * A text as one WebSocket frame of a server: final, opcode 1, not masked (RFC 6455, section 5.2). It has memory
 * of its own, because frames are kept: one from Node's pool would keep 64 KiB of it.
 */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  if (length >= 2 ** 16) throw new RangeError(`${length} bytes are too long for one frame: no meow is`);
  const head = length < 126 ? [FINAL_TEXT, length] : [FINAL_TEXT, 126, length >> 8, length & 0xff];
  const frame = Buffer.allocUnsafeSlow(head.length + length);
  frame.set(head);
  frame.write(text, head.length);
  return frame;
}
