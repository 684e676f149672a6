import { expect, test } from 'vitest';
import { adminConfig, adminSpecs } from './admin.ts';
import { readSettings } from './read-settings.ts';

const read = (env: Record<string, string>) => adminConfig(readSettings(env, adminSpecs));

test('without a token there is no port for operators, and asking for one is an error', () => {
  expect(read({})).toBeUndefined();
  expect(read({ ADMIN_TOKEN: '' })).toBeUndefined();
  expect(() => read({ ADMIN_PORT: '8081', ADMIN_TOKEN: '' })).toThrow(/ADMIN_PORT: needs an ADMIN_TOKEN/);
  expect(() => read({ ADMIN_TOKEN: 'short' })).toThrow(/ADMIN_TOKEN: must have at least 16 characters/);
});

test('with a token it is on the loopback interface unless another is set', () => {
  const ADMIN_TOKEN = 'a token of operators';
  expect(read({ ADMIN_TOKEN })).toEqual({ port: 8081, host: '127.0.0.1', token: ADMIN_TOKEN });
  expect(read({ ADMIN_TOKEN, ADMIN_PORT: '9000', ADMIN_HOST: '0.0.0.0' })).toMatchObject({
    port: 9000,
    host: '0.0.0.0',
  });
});
