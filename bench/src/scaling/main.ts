// node bench/src/scaling/main.ts      prints the tables of docs/scaling.md
import { readFile } from 'node:fs/promises';
import { readMeasured, scalingTable, simulationTable } from './table.ts';

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
const measured = readMeasured(readme);
console.log(`${scalingTable(measured)}\n\n${simulationTable(measured)}`);
