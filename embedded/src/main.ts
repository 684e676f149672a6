import { enableCompileCaching } from '@meower/shared/process/compile-cache.ts';

enableCompileCaching();
const { runProgram } = await import('@meower/shared/process/program.ts');
const { loadConfig } = await import('./config.ts');
const { servePage } = await import('./page.ts');
const { startSuite } = await import('./suite.ts');

await runProgram('meower', loadConfig, async (config, logger) => {
  const suite = await startSuite(config, logger, servePage());
  process.stderr.write(
    `\n  Meower is running at http://localhost:${suite.port}\n  The meows are kept in ${config.dataDir}\n\n`,
  );
  return suite;
});
