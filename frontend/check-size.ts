import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Fails the build when the first load has grown too heavy for a slow line. Gzip, in bytes. */
const LIMITS = { js: 60_000, css: 25_000 };

const dist = join(import.meta.dirname, 'dist');
const page = readFileSync(join(dist, 'index.html'), 'utf8');

for (const [kind, limit] of Object.entries(LIMITS)) {
  // What the page itself names; the rest is loaded when it is needed.
  const first = Array.from(
    page.matchAll(new RegExp(`"/(assets/[^"]+\\.${kind})"`, 'g')),
    ([, file]) => `${file}`,
  );
  const size = first.reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file))).length, 0);
  console.log(`first ${kind}: ${(size / 1_000).toFixed(1)} kB gzip, at most ${limit / 1_000} kB`);
  if (size === 0 || size > limit) {
    console.error(size === 0 ? `the page names no ${kind}` : `the first ${kind} is too heavy`);
    process.exitCode = 1;
  }
}
