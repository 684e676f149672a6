import { enableCompileCaching } from '@meower/shared/process/compile-cache.ts';

enableCompileCaching();
const { runProgram } = await import('@meower/shared/process/program.ts');
const { loadConfig } = await import('./config.ts');
const { startMeowService } = await import('./start.ts');

await runProgram('meow-service', loadConfig, startMeowService);
