import { enableCompileCaching } from '@meower/shared/process/compile-cache.ts';

enableCompileCaching();
const { runProgram } = await import('@meower/shared/process/program.ts');
const { loadConfig } = await import('./config.ts');
const { servePage } = await import('./page.ts');
const { startEmbedded } = await import('./start.ts');

await runProgram('meower', loadConfig, async (config, logger) => {
  const served = await startEmbedded(config, logger, servePage());
  process.stderr.write(
    `\n  Meower is running at http://localhost:${served.port} (listening on ${config.host})\n  The meows are kept in ${config.dataDir}\n\n`,
  );
  return served;
});
