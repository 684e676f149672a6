import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openPglite } from '@meower/shared/db/pglite.ts';
import { statement } from '@meower/shared/db/sql.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { expect, test, vi } from 'vitest';
import { ann, startTestSystem } from './testing/registration-system.ts';

const SECRET = 'Xq7-my-secret-phrase';
const row = statement<{ row: unknown }>;

test('a password is never answered, logged, published or mailed, and stored as a hash only', async () => {
  await using folder = await temporaryFolder();
  const lines: string[] = [];
  const logger = createLogger('test', 'trace', { write: (line: string) => void lines.push(line) });
  const answers: unknown[] = [];
  const user = { ...ann, password: SECRET };
  let mail: string;
  {
    await using system = await startTestSystem({ env: { DATA_DIR: folder.path }, logger });
    for (const body of [
      user,
      user,
      { ...user, name: 'Another' },
      { ...user, id: 'ann-2' },
      { ...user, name: undefined },
      { ...user, password: SECRET.repeat(4) },
      { ...user, password: [SECRET] },
      { ...user, id: SECRET.padEnd(70) },
      JSON.stringify(user).slice(0, -1),
      JSON.stringify(user).replace('"id"', '\\"'),
    ])
      answers.push(await system.register(body));
    answers.push(await system.get('users', `/v1/users/${ann.id}`));
    answers.push(await system.get('users', `/v1/users?email=${ann.email}`));
    await vi.waitFor(
      async () => expect(await system.get('points', '/v1/points/ann-1')).toMatchObject({ status: 200 }),
      10_000,
    );
    mail = await vi.waitFor(() => readFile(join(folder.path, 'mails/welcome.ann-1.eml'), 'utf8'), 10_000);
  }
  expect(answers).toContainEqual(expect.objectContaining({ status: 409 }));
  const published = await rowsOf(
    join(folder.path, 'broker'),
    row(
      'messages',
      `SELECT row_to_json(m) AS row, convert_from(payload, 'UTF8') AS payload FROM broker_messages m`,
    ),
  );
  const stored = await rowsOf(
    join(folder.path, 'users'),
    row('users', 'SELECT row_to_json(u) AS row FROM users u'),
  );
  const { hash } = /"password_hash":"(?<hash>[^"]+)"/.exec(stored)?.groups ?? {};
  expect(hash).toMatch(/^\$2b\$04\$.{53}$/);
  expect(published).toContain(ann.email);
  expect(mail).toContain(`To: Ann <${ann.email}>`);
  expect(lines.join('\n')).toContain('/v1/users');
  for (const text of [JSON.stringify(answers), lines.join('\n'), published, mail, stored]) {
    expect(text).not.toContain(SECRET);
    if (text !== stored) expect(text).not.toContain(hash);
  }
});

async function rowsOf(folder: string, query: ReturnType<typeof row>): Promise<string> {
  const db = await openPglite(folder);
  const rows = await db.run(query);
  await db.close();
  return JSON.stringify(rows);
}
