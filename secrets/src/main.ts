// Creates the secrets of a deployment once. They are never printed.
import { createSecrets } from './create-secrets.ts';

const created = await createSecrets(process.argv[2] ?? '/secrets');
console.log(created > 0 ? `created ${created} secrets` : 'all secrets exist');
