import { describe, expect, it } from 'vitest';
import { alternate } from './rounds.ts';

describe('alternate', () => {
  it('runs every contender as often, alternately, and does not count the warm-up', async () => {
    const order: string[] = [];
    const contender = (name: string) => ({
      name,
      async round() {
        order.push(name);
        return { turn: order.length };
      },
    });

    const rounds = await alternate([contender('product'), contender('reference')], {
      rounds: 2,
      progress: () => {},
      label: 'a test',
    });

    expect(order).toEqual(['product', 'reference', 'reference', 'product', 'product', 'reference']);
    expect(rounds).toEqual([
      [{ turn: 4 }, { turn: 5 }],
      [{ turn: 3 }, { turn: 6 }],
    ]);
  });
});
