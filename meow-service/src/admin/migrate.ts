// npm run migrate    brings the schema of the database to this version; run it before the services
import { openDatabase, print } from '@meower/shared/admin/dependencies.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import { applyMigrations, readSchema } from '@meower/shared/db/migrations.ts';
import { MEOWER_MIGRATIONS } from '@meower/shared/db/sql-meow-repository.ts';
import { errorCode, errorMessage } from '@meower/shared/process/error-details.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { StartError } from '@meower/shared/process/start-error.ts';
import { loadDatabaseConfig } from '../config.ts';

const RETRY_MS = 1000;
/** Codes of Node, and of Postgres: starting or stopping, no connection free, a lock not free. */
const MAY_PASS = /^(E[A-Z_]+|08...|40...|53...|57...|55P03)$/;

await runCommand('migrate', async (signal) => {
  const schema = await readSchema(MEOWER_MIGRATIONS);
  await using opened = new AsyncDisposableStack();
  const db = openDatabase(loadDatabaseConfig(), opened);
  for (let printed = ''; ; ) {
    try {
      await applyMigrations(db, schema, {
        onApplied: ({ name }) => print(`applied ${name}\n`),
        onWaiting: () => print('another process is migrating, waiting for it\n'),
      });
      print(`The schema is up to date, at ${schema.migrations.at(-1)?.name}.\n`);
      return 0;
    } catch (error) {
      // Lost connections have no code.
      const code = String(errorCode(error) ?? 'ECONNRESET');
      if (error instanceof StartError || signal.aborted || !MAY_PASS.test(code)) throw error;
      const reason = `${errorMessage(error)}, trying again\n`;
      if (reason !== printed) print(reason);
      printed = reason;
      await sleep(RETRY_MS, signal);
      signal.throwIfAborted();
    }
  }
});
