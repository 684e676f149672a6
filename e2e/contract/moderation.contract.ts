import { describe, expect, test } from 'vitest';
import { uniqueWord } from '../unique-word.ts';
import { expectError, HttpClient } from './http-client.ts';
import type { SystemUnderTest } from './system-under-test.ts';

interface Reported {
  id: string;
  reasons: string[];
  comments: string[];
}

/** What operators decide on reports. */
export function moderationContract(system: SystemUnderTest): void {
  describe('operators', () => {
    const client = new HttpClient(system);
    const ask = (method: string, path: string) =>
      new HttpClient({ url: () => String(system.admin?.url()) }, 'openapi-admin.json').request(path, {
        method,
        headers: { authorization: `Bearer ${system.admin?.token}` },
      });
    const report = (id: string, text = '') =>
      client.request(`/meows/${id}/reports`, {
        method: 'POST',
        body: new URLSearchParams({ reason: 'spam', text }),
      });
    const reportOf = async (id: string) =>
      ((await ask('GET', '/reports')).json as Reported[]).find((reported) => reported.id === id);

    test('see a report until they dismiss it or delete the meow', async () => {
      const text = uniqueWord();
      const [dismissed, deleted] = (await client.postMeows('fine', 'bad')) as [string, string];
      for (const id of [dismissed, deleted]) expect((await report(id, text)).status).toBe(202);
      expect(await reportOf(dismissed)).toMatchObject({ reasons: ['spam'], comments: [text] });
      expect((await ask('DELETE', `/reports/${dismissed}`)).status).toBe(204);
      expect((await ask('DELETE', `/meows/${deleted}`)).status).toBe(204);
      expect(await reportOf(dismissed)).toBeUndefined();
      expect(await reportOf(deleted)).toBeUndefined();
      expect(await client.listed(dismissed)).toMatchObject({ body: 'fine' });
    });

    test('ban the address that posted a meow: it can neither post nor report, only read', async () => {
      const id = await client.postMeow('bad');
      expect((await ask('PUT', `/bans/${id}`)).status).toBe(200);
      try {
        const refused = await client.postForm({ body: 'again' });
        expectError(refused, 403);
        expect(refused.text).toMatch(/"This address may not post until 2\d{3}-\d\d-\d\d \d\d:\d\d UTC"/);
        expectError(await report(id), 403);
        expect(await client.listed(id)).toMatchObject({ body: 'bad' });
      } finally {
        expect((await ask('DELETE', `/bans/${id}`)).status).toBe(204);
      }
      await client.postMeow('good');
    });

    test('cannot be asked on the public port', async () => {
      for (const path of ['/reports', '/bans']) expectError(await client.request(path), 404, 'Not found');
    });
  });
}
