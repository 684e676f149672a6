import { textFrame } from '@meower/pusher-service/text-frame.ts';
import { describe, expect, it } from 'vitest';
import { FrameCounter } from './frame-counter.ts';

const texts = ['{"kind":1}', 'x'.repeat(125), 'y'.repeat(126), 'z'.repeat(3000)];
const stream = Buffer.concat(texts.map(textFrame));

describe('FrameCounter', () => {
  it.each([1, 5, 200, stream.length])('finds every frame in pieces of %i bytes', (size) => {
    const found: string[] = [];
    const counter = new FrameCounter((payload) => found.push(String(payload)));

    const shared = Buffer.alloc(size);
    for (let at = 0; at < stream.length; at += size) {
      counter.read(shared.subarray(0, stream.copy(shared, 0, at, at + size)));
    }

    expect(found).toEqual(texts);
    expect(counter.count).toBe(texts.length);
  });
});
