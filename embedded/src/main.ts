import { runProgram } from '@meower/shared/lifecycle/program.ts';
import { loadConfig } from './config.ts';
import { servePage } from './page.ts';
import { startSuite } from './suite.ts';

await runProgram('meower', loadConfig, async (config, logger) => {
  const suite = await startSuite(config, logger, servePage());
  process.stderr.write(
    `\n  Meower is running at http://localhost:${suite.port}\n  The meows are kept in ${config.dataDir}\n\n`,
  );
  return suite;
});
