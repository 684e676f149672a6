import { describe } from 'vitest';
import { httpContract } from './http.contract.ts';
import { pusherContract } from './pusher.contract.ts';

// The contracts against a suite that runs somewhere, e.g. that of docker compose: MEOWER_URL=http://localhost:8080.
// Without the variable this file is no part of a run: see vitest.config.ts.
const url = new URL(process.env.MEOWER_URL as string).origin;
const server = (await fetch(url)).headers.get('server');

describe(`at ${url}`, () => {
  const subject = { url: () => url, behindNginx: /^nginx/.test(server ?? '') };
  httpContract(subject);
  pusherContract(subject);
});
