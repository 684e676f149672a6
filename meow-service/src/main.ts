import { runProgram } from '@meower/shared/lifecycle/program.ts';
import { loadConfig } from './config.ts';
import { startMeowService } from './start.ts';

await runProgram('meow-service', loadConfig, startMeowService);
