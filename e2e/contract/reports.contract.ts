import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import { describe, expect, test } from 'vitest';
import { expectError, HttpClient } from './http-client.ts';
import type { SystemUnderTest } from './system-under-test.ts';

const FOREIGN = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };

/** `POST /meows/<id>/reports`, and pages of other sites. */
export function reportsContract(system: SystemUnderTest): void {
  describe('POST /meows/<id>/reports', () => {
    const client = new HttpClient(system);
    const report = (id: string, fields: unknown, headers: Record<string, string> = {}) =>
      client.request(`/meows/${id}/reports`, {
        method: 'POST',
        body: JSON.stringify(fields),
        headers: { 'content-type': 'application/json', ...headers },
      });

    test('is accepted as JSON and as a form', async () => {
      const id = await client.postMeow('report me');
      expect(await report(id, { reason: 'spam' })).toMatchObject({ status: 202, json: {} });
      const text = '🐱'.repeat(500);
      expect(await report(id, { reason: 'abuse', text })).toMatchObject({ status: 202, json: {} });
      const body = new URLSearchParams({ reason: 'other', text: '' });
      const form = await client.request(`/meows/${id}/reports`, { method: 'POST', body });
      expect(form).toMatchObject({ status: 202, json: {} });
    });

    test.each([
      [{}, 'Invalid reason'],
      [{ reason: 'boring' }, 'Invalid reason'],
      [{ reason: ['spam'] }, 'Invalid reason'],
      [{ reason: 'spam', text: 1 }, 'Invalid text'],
      [{ reason: 'spam', text: 'm'.repeat(501) }, 'Invalid text'],
    ])('refuses %j', async (fields, error) => {
      const id = await client.postMeow('fine');
      expectError(await report(id, fields), 400, error);
    });

    test('of a meow that does not exist is 404', async () => {
      expectError(await report(createIdGenerator()().id, { reason: 'spam' }), 404, 'Meow not found');
      expectError(await report('cat', { reason: 'spam' }), 404, 'Meow not found');
    });
  });

  describe('a page of another site', () => {
    const client = new HttpClient(system);
    const post = (headers: Record<string, string>) =>
      client.request('/meows', { method: 'POST', body: new URLSearchParams({ body: 'meow' }), headers });

    test('may read, and neither post nor report', async () => {
      const id = await client.postMeow('readable');
      expect((await client.request(`/meows/${id}`, { headers: FOREIGN })).status).toBe(200);
      const error = 'Pages of other sites may not post here';
      expectError(await post(FOREIGN), 403, error);
      expectError(await post({ origin: FOREIGN.origin }), 403, error);
      const body = new URLSearchParams({ reason: 'spam' });
      expectError(
        await client.request(`/meows/${id}/reports`, { method: 'POST', body, headers: FOREIGN }),
        403,
        error,
      );
    });

    test('is not the own page', async () => {
      expect((await post({ origin: system.url(), 'sec-fetch-site': 'same-origin' })).status).toBe(200);
      expect((await post({ origin: system.url() })).status).toBe(200);
    });
  });
}
