import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { clientNetwork } from './client-network.ts';

const requestFrom = (remoteAddress: string, forwarded?: string) =>
  // Only these are read.
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
  ['2001:db8:1:2::6', '2001:db8:1:2::'],
  ['2001:db8::6', '2001:db8:0:0::'],
  ['2001::3:4:5:6:7:8', '2001:0:3:4::'],
  ['::1', '0:0:0:0::'],
  ['2001:db8:1::', '2001:db8:1:0::'],
])('of %s it is %s', (address, network) => {
  expect(clientNetwork(requestFrom(address), false)).toBe(network);
  expect(clientNetwork(requestFrom('172.18.0.2', address), true)).toBe(network);
});

test('a client cannot choose it: behind a proxy the last entry counts, otherwise none', () => {
  expect(clientNetwork(requestFrom('192.0.2.7', '198.51.100.1'), false)).toBe('192.0.2.7');
  expect(clientNetwork(requestFrom('172.18.0.2', '198.51.100.1, 192.0.2.7'), true)).toBe('192.0.2.7');
});

test('without the header it is the address of the connection', () => {
  expect(clientNetwork(requestFrom('192.0.2.7'), true)).toBe('192.0.2.7');
});
