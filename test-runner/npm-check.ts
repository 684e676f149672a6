// npm run check    format, lint and types
import { runStaticChecks } from './static-checks.ts';
import { sum } from './tally.ts';

process.exitCode = sum(await runStaticChecks()).failed.length > 0 ? 1 : 0;
