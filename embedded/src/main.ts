import { enableCompileCaching } from '@meower/shared/process/compile-cache.ts';

enableCompileCaching();
const { runProgram } = await import('@meower/shared/process/program.ts');
const { loadConfig } = await import('./config.ts');
const { servePage } = await import('./page.ts');
const { startEmbedded } = await import('./start.ts');

await runProgram('meower', loadConfig, async (config, logger) => {
  const served = await startEmbedded(config, logger, servePage());
  const lines = [
    `Meower is running at http://localhost:${served.port} (listening on ${config.host})`,
    `The meows are kept in ${config.dataDir}`,
    ...(served.adminPort === undefined ? [] : [`Operators reach it at port ${served.adminPort}`]),
  ];
  process.stderr.write(`\n${lines.map((line) => `  ${line}\n`).join('')}\n`);
  return served;
});
