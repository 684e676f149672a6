import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const documents = globSync(['*.md', '{docs,bench,e2e}/**/*.md', 'examples/{,*/}README.md'], { cwd: root });
/** A path from the root into the sources of a package, e.g. `shared/src/db/`. */
const PATH = /`((?:[a-z-]+\/src|e2e\/(?:contract|journeys))\/[\w./-]+)`/g;
const LINK = /\]\((?!https?:|#)([^)#]+)/g;

test.each(documents)('every file that %s names exists', (document) => {
  const text = readFileSync(join(root, document), 'utf8');
  const named = [...text.matchAll(PATH)].map(([, path = '']) => join(root, path));
  const linked = [...text.matchAll(LINK)].map(([, path = '']) => join(root, dirname(document), path));
  expect([...named, ...linked].filter((path) => !existsSync(path))).toEqual([]);
});

test('every test that docs/security.md names exists, and every command', () => {
  const text = readFileSync(join(root, 'docs/security.md'), 'utf8');
  const paths = [...text.matchAll(/`([\w.-]*\/[\w./-]*|[\w.-]+\.(?:ts|yaml|conf))`/g)].map(
    ([, path = '']) => path,
  );
  expect(paths).toContain('e2e/contract/search.contract.ts');
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const commands = [...text.matchAll(/`npm run ([\w:-]+)/g)].map(([, name = '']) => name);
  expect(commands.filter((name) => !(name in scripts))).toEqual([]);
});
