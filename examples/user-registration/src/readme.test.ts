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
  expect(commands.length).toBeGreaterThan(5);
  await using folder = await temporaryFolder();
  const port = await freePorts(4);
  const env = { PORT: String(port), DATA_DIR: join(folder.path, '.data/user-registration') };
  await using system = new ProgramProcess(MAIN, env);
  await system.printed(/user-registration is running/);
  const addresses = { 'localhost:8080': `localhost:${port}`, 'localhost:8081': `localhost:${port + 1}` };
  for (const command of commands) await runDocumented(command, { cwd: folder.path, addresses });
}, 120_000);
