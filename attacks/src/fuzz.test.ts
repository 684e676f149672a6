import { expect, test } from 'vitest';
import { randomBodies, randomFrames } from './fuzz.ts';

test('a seed always makes the same frames and bodies, another one others', () => {
  expect(randomFrames(1, 50)).toEqual(randomFrames(1, 50));
  expect(randomFrames(1, 50)).not.toEqual(randomFrames(2, 50));
  expect(randomBodies(1, 50)).toEqual(randomBodies(1, 50));
  expect(randomBodies(1, 50)).not.toEqual(randomBodies(2, 50));
});

test('frames are of every kind, most of them masked', () => {
  const frames = randomFrames(1, 500).filter(({ length }) => length >= 2);
  const kinds = new Set(frames.map(([first = 0]) => first & 0x0f));
  expect([...kinds]).toEqual(expect.arrayContaining([0, 1, 2, 8, 9, 10]));
  expect(frames.filter((frame) => (frame[1] as number) >= 0x80).length).toBeGreaterThan(frames.length / 2);
});

test('bodies are of every type, some valid and some not', () => {
  const bodies = randomBodies(1, 500);
  const types = new Set(bodies.map(({ type }) => type.split(';')[0]));
  expect([...types]).toEqual(
    expect.arrayContaining(['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data']),
  );
  const isJson = bodies
    .filter(({ type }) => type === 'application/json')
    .map(({ bytes }) => {
      try {
        JSON.parse(Buffer.from(bytes).toString());
        return true;
      } catch {
        return false;
      }
    });
  expect(new Set(isJson)).toEqual(new Set([true, false]));
});
