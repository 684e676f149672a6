import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { applyMigrations, checkSchema, readSchema, type Schema } from './migrations.ts';
import type { Row, SqlDatabase } from './sql.ts';

/** Files of migrations that create `cats`, then an index of it, then a column. */
const FILES = {
  '0001-cats.sql': '-- compatible with 0\nCREATE TABLE cats (name TEXT NOT NULL);\n',
  '0002-cats-by-name.sql': '-- compatible with 0\nCREATE INDEX CONCURRENTLY cats_name ON cats (name);\n',
  '0003-cats-age.sql': '-- compatible with 1\nALTER TABLE cats ADD COLUMN age INTEGER;\n',
};

/** The schema after the first `count` of these files. */
export async function schemaOf(
  files: Record<string, string>,
  count = Object.keys(files).length,
): Promise<Schema> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'migrations');
  await mkdir(path);
  for (const [name, sql] of Object.entries(files).slice(0, count)) await writeFile(join(path, name), sql);
  await writeFile(
    join(path, 'repeatable.sql'),
    'CREATE TABLE IF NOT EXISTS repeated (n INTEGER); INSERT INTO repeated VALUES (1);',
  );
  return await readSchema(pathToFileURL(`${path}/`)); // before the folder is removed
}

export async function rowsOf<R extends Row>(db: SqlDatabase, sql: string): Promise<readonly R[]> {
  return db.run<R>({ name: '', text: sql });
}

/** `open` creates an empty database. */
export function migrationsContract(open: () => Promise<{ db: SqlDatabase; close(): Promise<void> }>): void {
  describe('migrations', () => {
    const opened: { close(): Promise<void> }[] = [];
    let db: SqlDatabase;
    beforeEach(async () => {
      const database = await open();
      opened.push(database);
      db = database.db;
    });
    afterAll(() => Promise.all(opened.map((database) => database.close())));

    const applied = async () =>
      (await rowsOf<{ name: string }>(db, 'SELECT name FROM schema_migrations ORDER BY number')).map(
        ({ name }) => name,
      );

    test('are applied once, in order, what may be repeated each time', async () => {
      const names: string[] = [];
      const onApplied = ({ name }: { name: string }) => names.push(name);
      await applyMigrations(db, await schemaOf(FILES, 1), { onApplied });
      await db.script("INSERT INTO cats VALUES ('Tom')");
      await applyMigrations(db, await schemaOf(FILES), { onApplied });
      await applyMigrations(db, await schemaOf(FILES), { onApplied });
      expect(names).toEqual(['0001-cats', '0002-cats-by-name', '0003-cats-age']);
      expect(await applied()).toEqual(names);
      expect(await rowsOf(db, 'SELECT name, age FROM cats')).toEqual([{ name: 'Tom', age: null }]);
      expect(await rowsOf(db, 'SELECT n FROM repeated')).toHaveLength(3);
      expect(
        await rowsOf(db, "SELECT FROM pg_index WHERE indexrelid = 'cats_name'::regclass AND indisvalid"),
      ).toHaveLength(1);
    });

    test('that are run at the same time are applied once', async () => {
      const schema = await schemaOf(FILES);
      await Promise.all([
        applyMigrations(db, schema),
        applyMigrations(db, schema),
        applyMigrations(db, schema),
      ]);
      expect(await applied()).toHaveLength(3);
    });

    test('that fail leave nothing, and are applied when they are repaired', async () => {
      const broken = {
        ...FILES,
        '0003-cats-age.sql': '-- compatible with 0\nALTER TABLE cats ADD COLUMN age INTEGER; SELECT 1 / 0;',
      };
      await expect(applyMigrations(db, await schemaOf(broken))).rejects.toThrow('division by zero');
      expect(await applied()).toEqual(['0001-cats', '0002-cats-by-name']);
      await applyMigrations(db, await schemaOf(FILES));
      expect(await applied()).toHaveLength(3);
    });

    test('that are missing are named to a service', async () => {
      const check = async (count?: number) => checkSchema(db, await schemaOf(FILES, count));
      await expect(check(1)).rejects.toMatchObject({
        isOld: true,
        isMigrating: false,
        message: expect.stringMatching(/lacks the migration 0001-cats,.*npm run migrate/),
      });
      await applyMigrations(db, await schemaOf(FILES, 2));
      await expect(check()).rejects.toThrow('lacks the migration 0003-cats-age');
      await check(2);
    });

    test('that are newer than a service are named to it if it does not work on them', async () => {
      await applyMigrations(db, await schemaOf(FILES));
      await checkSchema(db, await schemaOf(FILES, 1));
      const breaking = {
        ...FILES,
        '0004-names.sql': '-- compatible with 3\nALTER TABLE cats DROP COLUMN name;',
      };
      await applyMigrations(db, await schemaOf(breaking));
      await checkSchema(db, await schemaOf(FILES));
      const old = await schemaOf(FILES, 2);
      const refusal = {
        isOld: false,
        message: expect.stringContaining(
          '0004-names, on which versions that know 3 migrations work; this one knows 2: start a newer version',
        ),
      };
      await expect(checkSchema(db, old)).rejects.toMatchObject(refusal);
      await expect(applyMigrations(db, old)).rejects.toMatchObject(refusal);
      expect(await applied()).toHaveLength(4);
    });
  });
}

test('a file without its compatibility, or out of order, is refused', async () => {
  await expect(schemaOf({ '0001-cats.sql': 'SELECT 1' })).rejects.toThrow('0001-cats.sql lacks the line');
  await expect(schemaOf({ '0002-cats.sql': '-- compatible with 0' })).rejects.toThrow(
    '0002-cats is not the migration after 0',
  );
});
