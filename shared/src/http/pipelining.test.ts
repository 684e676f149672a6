import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { listen } from './server.ts';

test('a client that pipelines a thousand requests is disconnected, and few of them are handled', async () => {
  const held: ServerResponse[] = [];
  const server = await listen((_req, res) => void held.push(res), { host: '127.0.0.1', port: 0 });
  const client = connect(server.port, '127.0.0.1');
  client.on('error', () => {}); // it may be reset while it sends
  client.write('GET / HTTP/1.1\r\nHost: cat\r\n\r\n'.repeat(1000));
  await once(client, 'close');
  expect(held.length).toBeGreaterThan(0);
  expect(held.length).toBeLessThanOrEqual(20);
  await server.close();
});
