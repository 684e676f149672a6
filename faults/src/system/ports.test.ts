import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { assertFree } from './ports.ts';

test('a port in use is reported by its number', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(assertFree([port])).rejects.toThrow(`Port ${port} is in use`);
  server.close();
  await once(server, 'close');
  await assertFree([port]);
});
