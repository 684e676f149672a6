// node bench/src/scaling/main.ts      prints the table of docs/scaling.md
import { readFile } from 'node:fs/promises';
import { readMeasured, scalingTable } from './table.ts';

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
console.log(scalingTable(readMeasured(readme)));
