import { keepCompiled } from '@meower/shared/lifecycle/compile-cache.ts';

keepCompiled();
const { runProgram } = await import('@meower/shared/lifecycle/program.ts');
const { loadConfig } = await import('./config.ts');
const { startQueryService } = await import('./start.ts');

await runProgram('query-service', loadConfig, startQueryService);
