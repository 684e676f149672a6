// Creates the secrets of a deployment once. They are never printed.
// --replace postgres|nats|elasticsearch|adminToken|proofOfWorkKey    creates these anew
import { parseArgs } from 'node:util';
import { createSecrets } from './create-secrets.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { replace: { type: 'string' } },
});
const created = await createSecrets(positionals[0] ?? '/secrets', values.replace);
console.log(created > 0 ? `created ${created} secrets` : 'all secrets exist');
