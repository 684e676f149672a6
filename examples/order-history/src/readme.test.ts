import { join } from 'node:path';
import { documentedCommands, runDocumented } from '@meower/shared/testing/documented-commands.ts';
import { freePorts } from '@meower/shared/testing/free-ports.ts';
import { ProgramProcess } from '@meower/shared/testing/program-process.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { expect, test } from 'vitest';

const README = join(import.meta.dirname, '../README.md');
const MAIN = join(import.meta.dirname, 'main.ts');

test('the commands of the README print what it says', async () => {
  const commands = documentedCommands(README, 'embedded');
  expect(commands.length).toBeGreaterThan(10);
  await using folder = await temporaryFolder();
  const port = await freePorts(4);
  const env = {
    HTTP_BIND: `127.0.0.1:${port}`,
    OPERATOR_BIND: `127.0.0.1:${port + 3}`,
    DATA_DIR: folder.path,
  };
  await using system = new ProgramProcess(MAIN, env);
  await system.printed(/order-history is running/);
  const addresses = Object.fromEntries(
    [0, 1, 2, 3].map((n) => [`localhost:${8080 + n}`, `localhost:${port + n}`]),
  );
  for (const command of commands) await runDocumented(command, { cwd: folder.path, addresses });
}, 120_000);
