import { once } from 'node:events';
import { connect } from 'node:net';
import { temporaryFolder } from '@meower/shared/testing/temporary-folder.ts';
import { expect, test, vi } from 'vitest';
import { MeowerProcess } from './testing/meower-process.ts';

// Each start creates a database, which takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: an accepted post is answered and kept, sockets are closed with 1001, the exit code is 0',
  async (signal) => {
    await using folder = await temporaryFolder();
    let answer = '';
    {
      await using meower = new MeowerProcess({ DATA_DIR: folder.path });
      const url = await meower.url();
      const { port } = new URL(url);
      const watcher = new WebSocket(`ws://127.0.0.1:${port}/pusher`);
      await once(watcher, 'open');
      const idle = connect(Number(port), '127.0.0.1');
      await once(idle, 'connect');
      const posting = connect(Number(port), '127.0.0.1').setEncoding('utf8');
      posting.write(
        'POST /meows HTTP/1.1\r\nHost: cat\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n{"body"',
      );
      // When this request is answered, the half request on the other connection has been read.
      await fetch(`${url}/healthz`);

      const closed = once(watcher, 'close');
      meower.kill(signal);
      const [event] = await closed;
      expect((event as { code: number }).code).toBe(1001);
      await vi.waitFor(() => expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed'));
      posting.on('data', (text: string) => {
        answer += text;
      });
      posting.write(':"at the end"}');
      await once(posting, 'close');
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(await meower.ended).toMatchObject({ code: 0, signal: null });
      idle.destroy();
    }
    await using again = new MeowerProcess({ DATA_DIR: folder.path });
    const listed = await (await fetch(`${await again.url()}/meows`)).json();
    expect(listed).toEqual([expect.objectContaining({ body: 'at the end' })]);
    expect(answer).toContain((listed as { id: string }[])[0]?.id);
  },
);
