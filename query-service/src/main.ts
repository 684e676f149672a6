import { runProgram } from '@meower/shared/lifecycle/program.ts';
import { loadConfig } from './config.ts';
import { startQueryService } from './start.ts';

await runProgram('query-service', loadConfig, startQueryService);
