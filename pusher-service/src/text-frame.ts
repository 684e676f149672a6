const FINAL_TEXT = 0x81;

/** A text as one WebSocket frame of a server (RFC 6455, 5.2: final, opcode 1, not masked), ready for any number of sockets. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length < 126) return Buffer.concat([Buffer.of(FINAL_TEXT, payload.length), payload]);
  if (payload.length >= 2 ** 16)
    throw new RangeError(`a frame of ${payload.length} bytes is longer than any meow`);
  return Buffer.concat([Buffer.of(FINAL_TEXT, 126, payload.length >> 8, payload.length & 0xff), payload]);
}
