import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { proofs } from './self-test/seeded-bugs.ts';
import { realMains, republishCommand } from './system/system.ts';

// They are started by path, so neither the compiler nor an import would report one that has moved.
test('every program that the suite starts exists', () => {
  const paths = [...Object.values(realMains), ...proofs.flatMap(({ mains }) => Object.values(mains))];
  for (const path of [...paths, republishCommand]) expect(existsSync(path), path).toBe(true);
});
