import { expect, test } from 'vitest';
// @ts-expect-error its types do not know it
import { Receiver } from 'ws';
import { textFrame } from './text-frame.ts';

test.each([0, 1, 125, 126, 65_535])('a text of %i bytes is one frame that ws reads', async (length) => {
  const text = 'm'.repeat(length);
  const receiver = new Receiver({ isServer: false });
  const received = new Promise((resolve) =>
    receiver.on('message', (data: Buffer) => resolve(data.toString())),
  );
  receiver.write(textFrame(text));
  expect(await received).toBe(text);
});

test('a frame that is kept keeps no other memory', () => {
  for (const text of ['', 'meow', 'm'.repeat(200)]) {
    const frame = textFrame(text);
    expect(frame.buffer.byteLength).toBe(frame.length);
  }
});

test('the length of a text counts its bytes', () => {
  expect(textFrame('🐱')).toEqual(Buffer.from([0x81, 4, 0xf0, 0x9f, 0x90, 0xb1]));
});

test('rejects a text that is longer than any meow', () => {
  expect(() => textFrame('m'.repeat(65_536))).toThrow(RangeError);
});
