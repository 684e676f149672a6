import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let echo: Server;
let proxy: TcpProxy;
let clients: Socket[];

beforeEach(async () => {
  clients = [];
  echo = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket)).listen(0);
  await once(echo, 'listening');
  proxy = await createTcpProxy((echo.address() as AddressInfo).port);
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await proxy.close();
  echo.close();
});

function dial(): { socket: Socket; text: () => string; isClosed: () => boolean } {
  const socket = connect(proxy.port, '127.0.0.1');
  clients.push(socket);
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  socket.on('error', () => socket.destroy());
  return { socket, text: () => text, isClosed: () => socket.destroyed };
}

test('forwards both ways', async () => {
  const client = dial();
  client.socket.write('meow');
  await vi.waitFor(() => expect(client.text()).toBe('meow'));
});

test('closes the connections that are cut, and accepts new ones', async () => {
  const client = dial();
  client.socket.write('meow');
  await vi.waitFor(() => expect(client.text()).toBe('meow'));
  proxy.cut();
  await vi.waitFor(() => expect(client.isClosed()).toBe(true));
  const next = dial();
  next.socket.write('again');
  await vi.waitFor(() => expect(next.text()).toBe('again'));
});

test('closes open and new connections while it refuses', async () => {
  const client = dial();
  client.socket.write('meow');
  await vi.waitFor(() => expect(client.text()).toBe('meow'));
  proxy.setMode('refuse');
  const next = dial();
  await vi.waitFor(() => expect([client.isClosed(), next.isClosed()]).toEqual([true, true]));
});

test('delivers and closes nothing while it hangs, and delivers everything in order afterwards', async () => {
  const client = dial();
  client.socket.write('1');
  await vi.waitFor(() => expect(client.text()).toBe('1'));
  proxy.setMode('hang');
  const late = dial();
  late.socket.write('late');
  client.socket.write('2');
  client.socket.write('3');
  await once(late.socket, 'connect');
  expect([client.text(), client.isClosed(), late.text(), late.isClosed()]).toEqual(['1', false, '', false]);
  proxy.setMode('forward');
  await vi.waitFor(() => expect([client.text(), late.text()]).toEqual(['123', 'late']));
});
