import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';

const known = ['post', 'list'];

describe('readOptions', () => {
  it('asks everything when no question is named', () => {
    expect(readOptions([], known).names).toEqual(known);
    expect(readOptions(['list', '--rounds', '5'], known)).toMatchObject({ names: ['list'], rounds: 5 });
  });

  it.each([
    [['lsit'], 'there is no question lsit'],
    [['--rounds', '0'], '--rounds must be a number from 1'],
    [['--seconds', 'ten'], '--seconds must be a number from 0.1'],
    [['--wat'], 'npm run bench'],
  ])('says in a sentence what is wrong with %j', (args, sentence) => {
    expect(() => readOptions(args, known)).toThrow(sentence);
  });
});
