import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';

const known = ['post', 'list'];

describe('readOptions', () => {
  it('selects all benchmarks if none is named', () => {
    expect(readOptions([], known).names).toEqual(known);
    expect(readOptions(['list', '--rounds', '5'], known)).toMatchObject({ names: ['list'], rounds: 5 });
  });

  it.each([
    [['lsit'], 'there is no benchmark lsit'],
    [['--rounds', '0'], '--rounds must be at least 1'],
    [['--seconds', 'ten'], '--seconds must be at least 0.1'],
    [['--wat'], 'npm run bench'],
  ])('reports in a sentence what is wrong with %j', (args, sentence) => {
    expect(() => readOptions(args, known)).toThrow(sentence);
  });
});
