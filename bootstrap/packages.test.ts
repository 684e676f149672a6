import { expect, test } from 'vitest';
import { sameTree } from './packages.mjs';

const machine = { platform: 'linux', arch: 'x64' };
const cat = { version: '1.0.0', integrity: 'sha512-cat' };
const tree = (packages: Record<string, object>) => ({ packages });

test('an installation fits when each locked package is there in its version', () => {
  const wanted = tree({ '': {}, shared: {}, 'node_modules/cat': cat });
  expect(sameTree(wanted, tree({ 'node_modules/cat': cat }), machine)).toBe(true);
  expect(sameTree(wanted, tree({}), machine)).toBe(false);
  expect(sameTree(wanted, tree({ 'node_modules/cat': { ...cat, version: '1.0.1' } }), machine)).toBe(false);
  expect(sameTree(wanted, tree({ 'node_modules/cat': { ...cat, integrity: 'sha512-dog' } }), machine)).toBe(
    false,
  );
});

test('optional packages of other platforms may be missing', () => {
  const wanted = tree({ 'node_modules/cat-darwin': { ...cat, optional: true, os: ['darwin'] } });
  expect(sameTree(wanted, tree({}), machine)).toBe(true);
});

test('an installation made on another platform does not fit', () => {
  const mac = tree({ 'node_modules/cat-darwin': { ...cat, optional: true, os: ['darwin'] } });
  expect(sameTree(mac, mac, machine)).toBe(false);
  const arm = tree({ 'node_modules/cat-arm': { ...cat, optional: true, cpu: ['arm64'] } });
  expect(sameTree(arm, arm, machine)).toBe(false);
});
