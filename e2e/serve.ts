// The whole suite on embedded parts with the built page, on any free port, in a folder that is gone afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { servePage } from '@meower/embedded/page.ts';
import { startSuite } from '@meower/embedded/suite.ts';
import { runProgram } from '@meower/shared/lifecycle/program.ts';

await runProgram(
  'meower-journeys',
  () => ({ logLevel: 'warn' }),
  async ({ logLevel }, logger) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'meower-journeys-'));
    const suite = await startSuite({ port: 0, dataDir, logLevel }, logger, servePage());
    process.stderr.write(`serving the journeys at http://127.0.0.1:${suite.port}\n`);
    return {
      async close() {
        await suite.close();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  },
);
