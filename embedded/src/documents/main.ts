// npm run documents               writes the documents of the interface: docs/openapi.json and others
// npm run documents -- --check    fails if the files are not what would be written
import { readFile, writeFile } from 'node:fs/promises';
import { documents } from './documents.ts';

const isCheck = process.argv.includes('--check');
for (const [name, document] of Object.entries(documents())) {
  const file = new URL(`../../../docs/${name}`, import.meta.url);
  const text = `${JSON.stringify(document, undefined, 2)}\n`;
  if (!isCheck) await writeFile(file, text);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error(`docs/${name} is not what the schemas say: "npm run documents" writes it.`);
    process.exitCode = 1;
  }
}
