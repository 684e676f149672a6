import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const files = globSync(
  ['{,*/}Dockerfile', '*.yaml', '{.ci,.github,caddy,deploy,examples,observe}/**/*.{yaml,yml}'],
  {
    cwd: root,
    exclude: ['**/node_modules'],
  },
);

interface Named {
  file: string;
  image: string;
}

/** The images that a file pulls; not those that it builds, and stages of a Dockerfile. */
function imagesIn(file: string): Named[] {
  const text = readFileSync(join(root, file), 'utf8');
  const stages = [...text.matchAll(/^FROM .* AS (\S+)$/gm)].map(([, stage]) => stage);
  const named = [
    ...text.matchAll(/^ARG [A-Z]+_IMAGE=(\S+)$/gm),
    ...text.matchAll(/^FROM (?!\$)(\S+)/gm),
    ...text.matchAll(/^ *image: (?!meower-)(?:\$\{[A-Z]+_IMAGE:-)?([^\s}]+)\}?$/gm),
    ...text.matchAll(/\bdocker run .* ([\w./-]+:[\w.-]+(?:@\S+)?)$/gm),
  ];
  return named.map(([, image = '']) => ({ file, image })).filter(({ image }) => !stages.includes(image));
}

const images = files.flatMap(imagesIn);

test('every image is pinned by a digest', () => {
  expect(new Set(images.map(({ image }) => image.split('@')[0]))).toContain('node:24-slim');
  expect(images.filter(({ image }) => !/:[\w.-]+@sha256:[0-9a-f]{64}$/.test(image))).toEqual([]);
});

test('an image has the same digest everywhere', () => {
  const digests = new Map<string, Set<string>>();
  for (const { image } of images) {
    const [name = '', digest = ''] = image.split('@');
    digests.set(name, (digests.get(name) ?? new Set()).add(digest));
  }
  expect([...digests].filter(([, found]) => found.size > 1)).toEqual([]);
});

test('a variable names an image instead of each, except for GitHub’s machines and Kubernetes', () => {
  const literal = files.filter((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    // An overlay of kustomize names other images.
    return !/^(\.github|deploy\/kubernetes)\//.test(file) && /^( *image:|FROM) [^$]\S*@sha256:/m.test(text);
  });
  expect(literal).toEqual([]);
});

test('every build passes on the variables of the images that it starts from', () => {
  const builds = files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split(/^(?=.*\bbuild:)/m)
      .slice(1)
      .map((text) => ({ file, build: text.split('\n').slice(0, 5).join('\n') })),
  );
  expect(builds.length).toBeGreaterThan(8);
  expect(builds.filter(({ build }) => !/<<: \*build\b|_IMAGE\]/.test(build))).toEqual([]);
});
