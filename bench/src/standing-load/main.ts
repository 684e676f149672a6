// npm run load    cats that post, read, search and listen, at a running Meower (LOAD_… in bench/README.md)
import { runProgram } from '@meower/shared/process/program.ts';
import { loadConfig } from './config.ts';
import { startStandingLoad } from './standing-load.ts';

await runProgram('load', loadConfig, async (config, logger) => startStandingLoad(config, logger));
