import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const included = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(
  ([, pattern = '']) => new RegExp(`^${pattern.split('*').map(RegExp.escape).join('[^/]*')}(/|$)`),
);

/** What the Dockerfiles copy from the checkout, with the name of one example. */
const copied = globSync('{,*/}Dockerfile', { cwd: ROOT, exclude: ['node_modules'] }).flatMap((file) =>
  [...read(file).matchAll(/^COPY (?!--from)(?:--\S+ )*(.+) \S+$/gm)].flatMap(([, sources = '']) =>
    sources.replaceAll('$EXAMPLE', 'order-history').split(' '),
  ),
);

test('.dockerignore lets everything through that a Dockerfile copies', () => {
  expect(copied).toContain('nginx/check-settings.sh');
  const paths = copied.flatMap((source) => globSync(source, { cwd: ROOT }));
  expect(paths.length).toBeGreaterThanOrEqual(copied.length);
  expect(paths.filter((path) => !included.some((pattern) => pattern.test(path)))).toEqual([]);
});
