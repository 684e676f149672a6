import { createHash } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Completes the service worker with the files of the build and a version made of them. */
const dist = join(import.meta.dirname, 'dist');
const files = globSync('**/*.{js,css,svg,png,woff2,webmanifest}', { cwd: dist }).filter(
  (name) => name !== 'sw.js',
);
const hash = createHash('sha256');
for (const name of ['index.html', ...files.sort()]) hash.update(name).update(readFileSync(join(dist, name)));

const path = join(dist, 'sw.js');
const completed = readFileSync(path, 'utf8')
  .replace("const VERSION = '';", `const VERSION = '${hash.digest('hex').slice(0, 16)}';`)
  .replace(
    'const FILES = [];',
    `const FILES = ${JSON.stringify(['/', ...files.map((name) => `/${name}`)])};`,
  );
writeFileSync(path, completed);
