const FINAL_TEXT = 0x81;

/** A text as one WebSocket frame of a server: final, opcode 1, not masked (RFC 6455, section 5.2). */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length < 126) return Buffer.concat([Buffer.of(FINAL_TEXT, payload.length), payload]);
  if (payload.length >= 2 ** 16)
    throw new RangeError(`${payload.length} bytes are too long for one frame: no meow is`);
  return Buffer.concat([Buffer.of(FINAL_TEXT, 126, payload.length >> 8, payload.length & 0xff), payload]);
}
