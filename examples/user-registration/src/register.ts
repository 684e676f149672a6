// npm run register -w examples/user-registration [-- URL]    registers a random user and reads it back
import { randomBytes } from 'node:crypto';
import { retryForever } from '@meower/shared/async/retry.ts';
import { fetchText } from '@meower/shared/process/fetch-text.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';

await runCommand('register', async (stop, [url = 'http://localhost:8080']) => {
  const id = randomBytes(8).toString('hex');
  const password = randomBytes(12).toString('base64url');
  const body = JSON.stringify({ id, name: `User ${id.slice(0, 4)}`, email: `${id}@example.com`, password });
  // The client has chosen the id, so repeating the request is safe.
  const registered = await retryForever(() => fetchText(`${url}/v1/users`, { method: 'POST', body }), {
    what: 'register',
    logger: createLogger('register', 'warn'),
    signal: AbortSignal.any([stop, AbortSignal.timeout(30_000)]),
  });
  process.stdout.write(`${registered}\n${await fetchText(`${url}/v1/users/${id}`)}\n`);
  return 0;
});
