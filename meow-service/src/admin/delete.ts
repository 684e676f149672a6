// npm run delete -- ID…    deletes meows everywhere, permanently
import { openRepository, print } from '@meower/shared/admin/dependencies.ts';
import { isMeowId } from '@meower/shared/meow/meow-id.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';
import { StartError } from '@meower/shared/process/start-error.ts';
import { loadConfig } from '../config.ts';

await runCommand('delete', async (_signal, ids) => {
  if (ids.length === 0) throw new StartError('usage: delete ID…');
  const wrong = ids.find((id) => !isMeowId(id));
  if (wrong !== undefined) throw new StartError(`"${wrong}" is not the id of a meow`);
  await using opened = new AsyncDisposableStack();
  const deleted = await openRepository(loadConfig().postgres, opened).deleteMeows(ids);
  for (const id of ids)
    print(
      deleted.has(id)
        ? `deleted: ${id}\n`
        : `not in the database; also removed from the index and the stream: ${id}\n`,
    );
  return 0;
});
