import { describe, expect, test, vi } from 'vitest';
import { uniqueWord } from '../unique-word.ts';
import { expectError, HttpClient } from './http-client.ts';
import type { SystemUnderTest } from './system-under-test.ts';
import { WebSocketClient } from './websocket-client.ts';

/** What remains of a meow that an operator has deleted: nothing. */
export function deletionContract(system: SystemUnderTest): void {
  describe('a deleted meow', () => {
    const client = new HttpClient(system);
    const deleteMeow = (id: string) =>
      new HttpClient({ url: () => String(system.admin?.url()) }, 'openapi-admin.json').request(
        `/meows/${id}`,
        {
          method: 'DELETE',
          headers: { authorization: `Bearer ${system.admin?.token}` },
        },
      );
    const isFound = async (word: string, id: string) =>
      (await client.search(word)).some((meow) => meow.id === id);

    test('leaves list, permalink, search and open pages', async () => {
      const socket = await WebSocketClient.open(system.url());
      const word = uniqueWord();
      const [id, other] = (await client.postMeows(word, word)) as [string, string];
      await socket.waitForMeow(other);
      await vi.waitFor(async () => expect(await isFound(word, id)).toBe(true), { timeout: 15_000 });

      expect((await deleteMeow(id)).status).toBe(204);
      expect((await client.list('take=1000')).map((meow) => meow.id)).not.toContain(id);
      expectError(await client.request(`/meows/${id}`), 404, 'Meow not found');
      await socket.waitForDeletion(id);
      await vi.waitFor(async () => expect(await isFound(word, id)).toBe(false), { timeout: 15_000 });
      expect(await isFound(word, other)).toBe(true);
      expect((await deleteMeow(id)).status).toBe(204);
      await socket.close();
    });

    test('is not sent to a page that catches up', async () => {
      const socket = await WebSocketClient.open(system.url());
      const first = await client.postMeow('first');
      const { seq } = await socket.waitForMeow(first);
      const id = await client.postMeow('gone');
      await socket.waitForMeow(id);
      await deleteMeow(id);
      await socket.waitForDeletion(id);
      const last = await client.postMeow('last');
      await socket.waitForMeow(last);
      const late = await WebSocketClient.open(system.url(), `/pusher?cursor=${seq}`);
      await late.waitForMeow(last);
      expect(late.meows.map((meow) => meow.id)).not.toContain(id);
      await Promise.all([socket.close(), late.close()]);
    });

    test('cannot be deleted at the port of everybody', async () => {
      const id = await client.postMeow('stays');
      const authorization = `Bearer ${system.admin?.token}`;
      const answer = await client.request(`/meows/${id}`, { method: 'DELETE', headers: { authorization } });
      expectError(answer, system.behindNginx ? 403 : 405);
      expect(await client.listed(id)).toMatchObject({ body: 'stays' });
    });
  });
}
