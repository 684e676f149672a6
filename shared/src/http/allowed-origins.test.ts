import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { isAllowedOrigin } from './allowed-origins.ts';

const OWN = 'http://meower.example:8080';
const allowed = new Set(['https://cats.example']);
// Only the headers are read.
const requestWith = (headers: object) =>
  ({ headers: { host: 'meower.example:8080', ...headers } }) as IncomingMessage;

test.each([
  ['a program that is no browser', {}],
  ['the own page', { origin: OWN, 'sec-fetch-site': 'same-origin' }],
  ['the own page in a browser without Sec-Fetch-Site', { origin: OWN }],
  [
    'the own page behind a proxy that changes Host',
    { origin: OWN, host: 'meow:8080', 'sec-fetch-site': 'same-origin' },
  ],
  ['a person who types the address', { 'sec-fetch-site': 'none' }],
  ['an allowed page', { origin: 'https://cats.example', 'sec-fetch-site': 'cross-site' }],
])('%s is allowed', (_, headers) => {
  expect(isAllowedOrigin(requestWith(headers), allowed)).toBe(true);
});

test.each([
  ['another page', { origin: 'https://dogs.example', 'sec-fetch-site': 'cross-site' }],
  ['another page in a browser without Sec-Fetch-Site', { origin: 'https://dogs.example' }],
  ['a page of the same site', { origin: 'http://a.meower.example:8080', 'sec-fetch-site': 'same-site' }],
  ['another port', { origin: 'http://meower.example:8081' }],
  ['an allowed name without TLS', { origin: 'http://cats.example' }],
  ['a page in a sandbox', { origin: 'null' }],
  ['a page that hides its origin', { 'sec-fetch-site': 'cross-site' }],
])('%s is not', (_, headers) => {
  expect(isAllowedOrigin(requestWith(headers), allowed)).toBe(false);
  expect(isAllowedOrigin(requestWith(headers), new Set(['*']))).toBe(true);
});
