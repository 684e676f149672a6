// npm run register -w examples/user-registration [-- URL]    registers a random user and reads it back
import { randomBytes } from 'node:crypto';
import { retryForever } from '@meower/shared/async/retry.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import { runCommand } from '@meower/shared/process/run-command.ts';

const TIMEOUT_MS = 30_000;

await runCommand('register', async (stop, [url = 'http://localhost:8080']) => {
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(url + path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    process.stdout.write(`${text}\n`);
  };
  const id = randomBytes(8).toString('hex');
  const password = randomBytes(12).toString('base64url');
  const body = JSON.stringify({ id, name: `User ${id.slice(0, 4)}`, email: `${id}@example.com`, password });
  // The client has chosen the id, so repeating the request is safe.
  await retryForever(() => ask('/v1/users', { method: 'POST', body }), {
    what: 'register',
    logger: createLogger('register', 'warn'),
    signal: AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  await ask(`/v1/users/${id}`);
  return 0;
});
