import { expect, test } from 'vitest';
import { type ComparedRow, findDifferences } from './find-differences.ts';

function sidesOf(source: ComparedRow[], copy: () => ComparedRow[]) {
  return {
    source: async (after: number, limit: number) => source.filter(({ id }) => id > after).slice(0, limit),
    copy: async (after: number, upTo: number) => copy().filter(({ id }) => id > after && id <= upTo),
  };
}
const rows = (count: number) => Array.from({ length: count }, (_, i) => ({ id: i + 1, state: 'a' }));

test('counts what is missing, outdated and surplus, over several pages', async () => {
  const copy = rows(2500)
    .filter(({ id }) => id !== 700)
    .map((row) => (row.id === 1500 ? { ...row, state: 'b' } : row));
  const sides = sidesOf(rows(2500), () => [...copy, { id: 9000, state: 'a' }]);
  expect(await findDifferences(sides, 0)).toEqual({ compared: 2500, missing: 1, outdated: 1, surplus: 1 });
});

test('does not count what is merely on its way', async () => {
  let asked = 0;
  const sides = sidesOf(rows(10), () => (asked++ === 0 ? rows(9) : rows(10)));
  expect(await findDifferences(sides, 0)).toEqual({ compared: 10, missing: 0, outdated: 0, surplus: 0 });
});

test('of two empty sides nothing differs', async () => {
  expect(
    await findDifferences(
      sidesOf([], () => []),
      0,
    ),
  ).toMatchObject({ compared: 0, missing: 0 });
});
