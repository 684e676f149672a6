import { runChecks } from './static-checks.ts';
import { sum } from './tally.ts';

process.exitCode = sum(await runChecks()).failed > 0 ? 1 : 0;
