import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { documentedCommands, runDocumented } from '@meower/shared/testing/documented-commands.ts';
import { describe, expect, test } from 'vitest';
import type { SystemUnderTest } from './system-under-test.ts';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));

/** The commands of the README, and what they print. */
export function readmeContract(system: SystemUnderTest): void {
  describe('the README', () => {
    test('shows commands that print what it says', async () => {
      const commands = documentedCommands(README, system.behindNginx ? 'compose' : 'embedded');
      const addresses = { 'localhost:8080': new URL(system.url()).host };
      for (const command of commands) await runDocumented(command, { cwd: import.meta.dirname, addresses });
    });

    test('has no curl command that is not run', () => {
      const all = (['embedded', 'compose'] as const).flatMap((name) => documentedCommands(README, name));
      const run = new Set(all.flatMap(({ command }) => command.split('\n')));
      const lines = readFileSync(README, 'utf8').match(/^.*\bcurl .*$/gm) ?? [];
      expect(lines.length).toBeGreaterThan(2);
      expect(lines.filter((line) => !run.has(line.replace(/^\$ /, '')))).toEqual([]);
    });
  });
}
