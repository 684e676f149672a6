import { runProgram } from '@meower/shared/lifecycle/program.ts';
import { loadConfig } from './config.ts';
import { startPusherService } from './start.ts';

await runProgram('pusher-service', loadConfig, startPusherService);
