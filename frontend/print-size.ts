import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Prints the size of what index.html loads. `e2e/journeys/weight.spec.ts` checks the limits. */
const dist = join(import.meta.dirname, 'dist');
const page = readFileSync(join(dist, 'index.html'), 'utf8');

for (const kind of ['js', 'css']) {
  const first = Array.from(
    page.matchAll(new RegExp(`"/(assets/[^"]+\\.${kind})"`, 'g')),
    ([, file]) => `${file}`,
  );
  const bytes = first.reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file))).length, 0);
  console.log(`first ${kind}: ${(bytes / 1_000).toFixed(1)} kB gzip`);
}
