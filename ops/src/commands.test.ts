import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMANDS, usage } from './commands.ts';

test('each command is a program, and is named in the usage', () => {
  for (const [name, { program }] of Object.entries(COMMANDS)) {
    expect(existsSync(program), program.pathname).toBe(true);
    expect(usage()).toContain(`\n  ${name} `);
  }
});
