import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documentedCommands, runDocumented } from './documented-commands.ts';
import { temporaryFolder } from './temporary-folder.ts';

const DOCUMENT = `# A system

\`\`\`sh
npm start
\`\`\`

\`\`\`console
$ echo one \\
  two
one two
$ printf 'id 7\\nmany\\nlines\\nend'
id …
…
end
$ true
\`\`\`

\`\`\`console compose
$ docker ps
\`\`\`
`;

test('finds the commands of console blocks, each with its line and output, for one system', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'README.md');
  await writeFile(file, DOCUMENT);
  expect(documentedCommands(file, 'embedded')).toEqual([
    { line: 8, command: 'echo one \\\n  two', output: 'one two\n' },
    { line: 11, command: "printf 'id 7\\nmany\\nlines\\nend'", output: 'id …\n…\nend\n' },
    { line: 15, command: 'true', output: '' },
  ]);
  const composed = documentedCommands(file, 'compose');
  expect(composed.at(-1)).toEqual({ line: 19, command: 'docker ps', output: '' });
  for (const command of documentedCommands(file, 'embedded'))
    await runDocumented(command, { cwd: folder.path });
});

test('rejects when a command that changes something prints something else, after running it once', async () => {
  await using folder = await temporaryFolder();
  const documented = { line: 3, command: 'echo again >>log; cat log', output: 'again\nagain\n' };
  await expect(runDocumented(documented, { cwd: folder.path })).rejects.toThrow(
    /^line 3: .+\nprinted\nagain\nand not\nagain\nagain\n/,
  );
});

test('repeats a command that reads until it prints the expected text, at the address given', async () => {
  await using folder = await temporaryFolder();
  const documented = { line: 1, command: 'cat localhost:8080', output: 'there\n' };
  const running = runDocumented(documented, { cwd: folder.path, addresses: { 'localhost:8080': 'other' } });
  await writeFile(join(folder.path, 'other'), 'there');
  await running;
});
