// The embedded Meower with the built page, on a free port, with its data in a temporary folder.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PAGE_FOLDER, servePage } from '@meower/embedded/page.ts';
import { startEmbedded } from '@meower/embedded/start.ts';
import { runProgram } from '@meower/shared/process/program.ts';

await runProgram(
  'meower-journeys',
  () => ({ logLevel: 'warn' }),
  async ({ logLevel }, logger) => {
    const folder = await mkdtemp(join(tmpdir(), 'meower-journeys-'));
    // A copy: a build that runs meanwhile must not change the page during the journeys.
    const page = join(folder, 'page');
    await cp(PAGE_FOLDER, page, { recursive: true });
    const config = { admin: undefined, host: '127.0.0.1', port: 0, dataDir: join(folder, 'data'), logLevel };
    const suite = await startEmbedded(config, logger, servePage(page));
    process.stderr.write(`serving at http://127.0.0.1:${suite.port}\n`);
    return {
      async close() {
        await suite.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
);
