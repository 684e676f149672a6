import { describe } from 'vitest';
import { httpContract } from './http.contract.ts';
import { slowClientsContract } from './misbehaving-clients.contract.ts';
import { pusherContract } from './pusher.contract.ts';

// Runs the contracts against a deployed Meower, e.g. by docker compose: MEOWER_URL=http://localhost:8080.
// Without the variable vitest.config.ts excludes this file.
const url = new URL(process.env.MEOWER_URL as string).origin;
const server = (await fetch(url)).headers.get('server');

describe(`at ${url}`, () => {
  const system = { url: () => url, behindNginx: /^nginx/.test(server ?? '') };
  const slowClients = slowClientsContract(system);
  httpContract(system);
  pusherContract(system);
  slowClients.areDisconnected();
});
