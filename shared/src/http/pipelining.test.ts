import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { oneAtATime } from './pipelining.ts';

const MAX_WAITING = 20;
const SOON = { timeout: 20_000, interval: 20 };
const REQUEST = 'GET / HTTP/1.1\r\nHost: cat\r\n\r\n';

/** Collects the responses that are to be sent; counts the requests that Node made of what it received. */
async function start() {
  const handled: ServerResponse[] = [];
  const listener = oneAtATime((_req, res) => void handled.push(res), MAX_WAITING);
  let received = 0;
  const server = createServer((req, res) => {
    received++;
    listener(req, res);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1'); // no string: it has a port
  client.on('error', () => {}); // it may be reset while it sends
  onTestFinished(() => {
    client.destroy();
    server.close();
    server.closeAllConnections();
  });
  return { client, handled, received: () => received };
}

test('handles the requests of a connection one after another, in order', async () => {
  const { client, handled, received } = await start();
  let answers = '';
  client.setEncoding('utf8').on('data', (text) => {
    answers += text;
  });
  client.write(REQUEST.repeat(3));
  await expect.poll(received, SOON).toBe(3);
  for (let i = 0; i < 3; i++) {
    await expect.poll(() => handled.length, SOON).toBe(i + 1);
    handled[i]?.end(`<${i}>`);
  }
  await expect.poll(() => answers.match(/<\d>/g), SOON).toEqual(['<0>', '<1>', '<2>']);
});

test('a client that pipelines a hundred requests is disconnected, and none of them is handled', async () => {
  const { client, handled, received } = await start();
  client.write(REQUEST.repeat(100));
  await once(client, 'close');
  expect(handled).toEqual([]);
  // The others are not even parsed.
  expect(received()).toBe(MAX_WAITING + 2);
});
