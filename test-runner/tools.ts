import { join } from 'node:path';
import { runChild } from '../bootstrap/child.mjs';

const packages = join(import.meta.dirname, '../node_modules');

const scripts = {
  biome: '@biomejs/biome/bin/biome',
  tsc: 'typescript/bin/tsc',
  'vue-tsc': 'vue-tsc/bin/vue-tsc.js',
  vitest: 'vitest/vitest.mjs',
  playwright: '@playwright/test/cli.js',
  documents: '../embedded/src/documents/main.ts',
};

export type Tool = keyof typeof scripts;

/** Runs a tool of an installed package on this Node; resolves to its exit code. */
export function runTool(
  tool: Tool,
  args: string[],
  { cwd, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<number> {
  return runChild(process.execPath, [join(packages, scripts[tool]), ...args], {
    cwd,
    env: { ...process.env, ...env },
  });
}
