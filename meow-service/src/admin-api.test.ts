import type { Ban, ReportedMeow } from '@meower/shared/db/moderation-repository.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import type { Served } from '@meower/shared/service/serve.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { serveAdminApi } from './admin-api.ts';
import type { MeowService } from './service.ts';

const token = 'a token of operators';
const { id, createdAt } = createIdGenerator()();
const endsAtMs = Date.parse('2026-12-03T12:00:00Z');
const ban: Ban = { meowId: id, addressHash: '2026-11-26:secret', endsAtMs };
const reported: ReportedMeow = { id, body: 'meow', createdAt, reasons: ['spam'], comments: [] };
const deleteMeows = vi.fn<MeowService['deleteMeows']>();
const moderation = {
  listReported: vi.fn(),
  dismissReports: vi.fn(),
  listBans: vi.fn(),
  ban: vi.fn(),
  unban: vi.fn(),
};
let served: Served;

beforeEach(async () => {
  vi.resetAllMocks();
  deleteMeows.mockImplementation(async (ids) => new Set(ids));
  moderation.listReported.mockResolvedValue([reported]);
  moderation.dismissReports.mockResolvedValue(true);
  moderation.listBans.mockResolvedValue([ban]);
  moderation.ban.mockResolvedValue(ban);
  moderation.unban.mockResolvedValue(true);
  // Only these are called.
  const service = { deleteMeows, moderation } as unknown as MeowService;
  served = await serveAdminApi({ port: 0, token, service, logger: silentLogger });
});
afterEach(() => served.close());

const request = (path: string, method = 'DELETE', authorization: string | undefined = `Bearer ${token}`) =>
  fetch(`http://127.0.0.1:${served.port}${path}`, {
    method,
    headers: { 'x-request-id': 'r1', ...(authorization && { authorization }) },
  });

test('deletes a meow for whom the token is known', async () => {
  expect((await request(`/meows/${id}`)).status).toBe(204);
  expect(deleteMeows.mock.calls).toEqual([[[id], { 'x-request-id': 'r1' }]]);
});

test('deletes an unknown meow too: an index or a backup may still hold it', async () => {
  deleteMeows.mockResolvedValue(new Set());
  expect((await request(`/meows/${id}`)).status).toBe(204);
});

test('lists reported meows', async () => {
  const response = await request('/reports', 'GET');
  expect(await response.json()).toEqual([
    { id, body: 'meow', created_at: createdAt, reasons: ['spam'], comments: [] },
  ]);
});

test('dismisses the reports of a meow', async () => {
  expect((await request(`/reports/${id}`)).status).toBe(204);
  expect(moderation.dismissReports).toHaveBeenCalledWith(id);
});

test('lists bans, without the hashes', async () => {
  const response = await request('/bans', 'GET');
  expect(await response.json()).toEqual([{ id, ends_at: '2026-12-03T12:00:00.000Z' }]);
});

test('bans the address that posted a meow, for a week or as long as requested', async () => {
  expect(await (await request(`/bans/${id}`, 'PUT')).json()).toEqual({
    id,
    ends_at: '2026-12-03T12:00:00.000Z',
  });
  await request(`/bans/${id}?days=90`, 'PUT');
  expect(moderation.ban.mock.calls).toEqual([
    [id, 7],
    [id, 90],
  ]);
});

test.each(['0', '91', '1.5', 'x'])('refuses a ban of %s days', async (days) => {
  const response = await request(`/bans/${id}?days=${days}`, 'PUT');
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ error: 'days must be a whole number from 1 to 90' });
});

test('ends a ban', async () => {
  expect((await request(`/bans/${id}`)).status).toBe(204);
  expect(moderation.unban).toHaveBeenCalledWith(id);
});

test.each([
  ['PUT', '/bans', 'ban', undefined, 'The address that posted this meow is no longer known'],
  ['DELETE', '/bans', 'unban', false, 'There is no ban for this meow'],
  ['DELETE', '/reports', 'dismissReports', false, 'There are no reports of this meow'],
] as const)('%s %s reports what it cannot do', async (method, path, name, result, error) => {
  moderation[name].mockResolvedValue(result);
  const response = await request(`${path}/${id}`, method);
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({ error });
});

test.each(['', `Bearer ${token}x`, 'Bearer ', token, `Basic ${token}`])(
  'refuses the authorization "%s"',
  async (authorization) => {
    for (const [method, path] of [
      ['DELETE', `/meows/${id}`],
      ['GET', '/reports'],
      ['GET', '/REPORTS/'],
      ['PUT', `/bans/${id}`],
    ] as const) {
      const response = await request(path, method, authorization);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await response.json()).toEqual({ error: 'Wrong or missing token' });
    }
    for (const called of [deleteMeows, moderation.listReported, moderation.ban])
      expect(called).not.toHaveBeenCalled();
  },
);

test.each(['/meows/cat', '/reports/cat', '/bans/cat'])('refuses what is not an id: %s', async (path) => {
  expect(await (await request(path)).json()).toEqual({ error: 'Invalid id' });
});

test('refuses other methods', async () => {
  expect((await request(`/meows/${id}`, 'POST')).status).toBe(405);
});

test('answers 500 when the database is unavailable', async () => {
  deleteMeows.mockRejectedValue(new Error('no database'));
  const response = await request(`/meows/${id}`);
  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({ error: 'Failed to delete meow' });
});
