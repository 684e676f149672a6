import { expect, test } from 'vitest';
import type { Closable } from './closable.ts';
import { openTogether } from './open-together.ts';

const closed: string[] = [];
const open = (name: string): Closable & { name: string } => ({
  name,
  close: async () => void closed.push(name),
});

test('closes what was opened once, the last one first', async () => {
  closed.length = 0;
  const both = await openTogether(async (keep) => {
    const first = keep(open('first'));
    keep(open('second'));
    return { name: first.name };
  });
  expect(both.name).toBe('first');
  expect(closed).toEqual([]);
  await both.close();
  await both.close();
  expect(closed).toEqual(['second', 'first']);
});

test('closes what is opened later, too', async () => {
  closed.length = 0;
  const grown = await openTogether(async (keep) => {
    keep(open('first'));
    return { add: () => void keep(open('later')) };
  });
  grown.add();
  await grown.close();
  expect(closed).toEqual(['later', 'first']);
});

test('closes what is open if a later step fails', async () => {
  closed.length = 0;
  const opening = openTogether(async (keep) => {
    keep(open('first'));
    throw new Error('the port is in use');
  });
  await expect(opening).rejects.toThrow('the port is in use');
  expect(closed).toEqual(['first']);
});
