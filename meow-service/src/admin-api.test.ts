import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import { createLogger } from '@meower/shared/process/logger.ts';
import type { Served } from '@meower/shared/service/serve.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { serveAdminApi } from './admin-api.ts';

const token = 'a token of operators';
const { id } = createIdGenerator()();
const deleteMeows =
  vi.fn<(ids: readonly string[], headers?: Readonly<Record<string, string>>) => Promise<Set<string>>>();
let served: Served;

beforeEach(async () => {
  deleteMeows.mockReset();
  deleteMeows.mockImplementation(async (ids) => new Set(ids));
  served = await serveAdminApi({ port: 0, token, deleteMeows, logger: createLogger('test', 'silent') });
});
afterEach(() => served.close());

const request = (path: string, authorization?: string, method = 'DELETE') =>
  fetch(`http://127.0.0.1:${served.port}${path}`, {
    method,
    headers: authorization ? { authorization, 'x-request-id': 'r1' } : {},
  });

test('deletes a meow for whom the token is known', async () => {
  expect((await request(`/meows/${id}`, `Bearer ${token}`)).status).toBe(204);
  expect(deleteMeows.mock.calls).toEqual([[[id], { 'x-request-id': 'r1' }]]);
});

test('deletes an unknown meow too: an index or a backup may still hold it', async () => {
  deleteMeows.mockResolvedValue(new Set());
  expect((await request(`/meows/${id}`, `Bearer ${token}`)).status).toBe(204);
});

test.each([undefined, `Bearer ${token}x`, 'Bearer ', token, `Basic ${token}`])(
  'refuses the authorization %s',
  async (authorization) => {
    const response = await request(`/meows/${id}`, authorization);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toEqual({ error: 'Wrong or missing token' });
    expect(deleteMeows).not.toHaveBeenCalled();
  },
);

test('refuses what is not an id, and other methods', async () => {
  expect(await (await request('/meows/cat', `Bearer ${token}`)).json()).toEqual({ error: 'Invalid id' });
  expect((await request(`/meows/${id}`, `Bearer ${token}`, 'POST')).status).toBe(405);
});

test('answers 500 when the database is unavailable', async () => {
  deleteMeows.mockRejectedValue(new Error('no database'));
  const response = await request(`/meows/${id}`, `Bearer ${token}`);
  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({ error: 'Failed to delete meow' });
});
