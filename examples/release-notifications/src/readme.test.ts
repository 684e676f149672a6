import { fileURLToPath } from 'node:url';
import { documentedCommands, runDocumented } from '@meower/shared/testing/documented-commands.ts';
import { freePorts } from '@meower/shared/testing/free-ports.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { expect, test } from 'vitest';
import { loadConfig } from './config.ts';
import { start } from './start.ts';

test('the commands of the README print what it shows', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder();
  const port = await freePorts(3);
  const settings = { PORT: String(port), METRICS_PORT: String(port + 1), DATA_DIR: folder.path };
  const started = await start(loadConfig({ ...settings, SIMULATED_DEPLOYMENT_S: '1' }), silentLogger);
  try {
    const readme = fileURLToPath(new URL('../README.md', import.meta.url));
    const commands = documentedCommands(readme, 'embedded');
    expect(commands.length).toBeGreaterThan(3);
    const place = {
      cwd: fileURLToPath(new URL('../../..', import.meta.url)),
      addresses: Object.fromEntries(
        [8080, 8081, 8082].map((documented, i) => [`localhost:${documented}`, `localhost:${port + i}`]),
      ),
    };
    for (const command of commands) await runDocumented(command, place);
  } finally {
    await started.close();
  }
});
