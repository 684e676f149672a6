import type { Ban, ReportedMeow } from '@meower/shared/db/moderation-repository.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import { StartError } from '@meower/shared/process/start-error.ts';
import type { Served } from '@meower/shared/service/serve.ts';
import { silentLogger } from '@meower/shared/testing/silent-logger.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveAdminApi } from '../admin-api.ts';
import { loadOperatorConfig } from '../config.ts';
import type { MeowService } from '../service.ts';
import { moderate } from './moderate.ts';

const token = 'a token of operators';
const { id, createdAt } = createIdGenerator()();
let admin: Served;

beforeAll(async () => {
  const comments = ['two\nlines', 'more'];
  let reported: ReportedMeow[] = [
    { id, body: 'Tom &amp; Jerry', createdAt, reasons: ['spam', 'abuse', 'spam'], comments },
  ];
  let bans: Ban[] = [];
  const service = {
    deleteMeows: async (ids: readonly string[]) => new Set(ids),
    moderation: {
      listReported: async () => reported,
      listBans: async () => bans,
      ban: async (meowId: string, days: number) => {
        bans = [{ meowId, addressHash: '', endsAtMs: Date.UTC(2026, 10, 26 + days) }];
        return bans[0];
      },
      unban: async () => {
        const wasBanned = bans.length > 0;
        bans = [];
        return wasBanned;
      },
      dismissReports: async () => {
        reported = [];
        return true;
      },
    },
    // Only these are called.
  } as unknown as MeowService;
  admin = await serveAdminApi({ port: 0, token, service, logger: silentLogger });
});
afterAll(() => admin.close());

/** What the command prints. */
async function run(args: string, options = {}): Promise<string> {
  let printed = '';
  await moderate(args.split(' '), {
    url: `http://127.0.0.1:${admin.port}`,
    token,
    print: (text) => {
      printed += text;
    },
    signal: new AbortController().signal,
    ...options,
  });
  return printed;
}

test('an operator lists, bans, unbans, dismisses and deletes', async () => {
  const reported = `${id}  ${createdAt}  spam 2, abuse 1\n  Tom & Jerry\n  > two lines\n  > more\n`;
  expect(await run('list')).toBe(reported);
  expect(await run(`ban ${id} --days 3`)).toBe(
    `The address that posted ${id} may not post until 2026-11-29T00:00:00.000Z.\n`,
  );
  expect(await run('list')).toBe(`${reported}banned until 2026-11-29T00:00:00.000Z: ${id}\n`);
  expect(await run(`unban ${id}`)).toBe(`no longer banned: ${id}\n`);
  expect(await run(`dismiss ${id}`)).toBe(`dismissed: ${id}\n`);
  expect(await run('list')).toBe('');
  expect(await run(`delete ${id} ${id}`)).toBe(`deleted: ${id}\ndeleted: ${id}\n`);
  await expect(run(`unban ${id}`)).rejects.toThrow(new StartError(`${id}: There is no ban for this meow`));
});

test.each(['', 'ban', 'list all', 'unban x y', 'forgive x', `ban ${id} --weeks 1`])(
  '"%s" is refused with how to use it',
  async (args) => {
    await expect(run(args)).rejects.toThrow(/^usage: moderate list \| delete/);
  },
);

test('a wrong token and a service that is down are sentences', async () => {
  await expect(run('list', { token: 'another' })).rejects.toThrow(new StartError('Wrong or missing token'));
  await expect(run('list', { url: 'http://127.0.0.1:1' })).rejects.toThrow(
    /^No service answers at http:\/\/127\.0\.0\.1:1: /,
  );
});

test('the command has the settings of the service', () => {
  const env = { ADMIN_TOKEN: token, ADMIN_PORT: '9000' };
  expect(loadOperatorConfig(env)).toEqual({ url: 'http://127.0.0.1:9000', token });
  const ADMIN_URL = 'http://meow.example:8081/';
  expect(loadOperatorConfig({ ...env, ADMIN_URL }).url).toBe('http://meow.example:8081');
  expect(() => loadOperatorConfig({})).toThrow(/^ADMIN_TOKEN is required/);
});
