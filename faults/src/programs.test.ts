import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { seededBugs } from './self-test/seeded-bugs.ts';
import { adminCommands, productMains } from './system/system.ts';

// They are started by path, so neither the compiler nor an import reports one that has moved.
test('every program that the suite starts exists', () => {
  const mains = [productMains, ...seededBugs.map((bug) => bug.mains)];
  const paths = [...mains, adminCommands].flatMap((each) => Object.values(each));
  for (const path of paths) expect(existsSync(path), path).toBe(true);
});
