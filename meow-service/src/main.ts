import { keepCompiled } from '@meower/shared/lifecycle/compile-cache.ts';

keepCompiled();
const { runProgram } = await import('@meower/shared/lifecycle/program.ts');
const { loadConfig } = await import('./config.ts');
const { startMeowService } = await import('./start.ts');

await runProgram('meow-service', loadConfig, startMeowService);
