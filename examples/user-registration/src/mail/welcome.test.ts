import { expect, test, vi } from 'vitest';
import { MailServer } from '../testing/mail-server.ts';
import { ann, startTestSystem } from '../testing/registration-system.ts';

const soon = { timeout: 15_000, interval: 20 };

async function withMailServer() {
  const mailServer = new MailServer();
  await mailServer.start();
  const system = await startTestSystem({
    env: { BROKER: 'memory', SERVICES: 'users,email', SMTP_URL: mailServer.url },
  });
  return { mailServer, system };
}

test('a mail server that is down delays the mail, and fails no registration', async () => {
  const { mailServer, system: opened } = await withMailServer();
  await using system = opened;
  await using _ = mailServer;
  await mailServer.stop();
  expect(await system.register(ann)).toMatchObject({ status: 201 });
  expect(mailServer.mails).toEqual([]);
  await mailServer.start();
  await vi.waitFor(() => expect(mailServer.mails).toHaveLength(1), soon);
  expect(mailServer.mails[0]).toMatchObject({
    to: [{ name: 'Ann', address: ann.email }],
    from: { name: 'Meower', address: 'welcome@meower.example' },
    subject: 'Welcome',
    messageId: '<welcome.ann-1@meower.example>',
  });
});

test('a mail whose confirmation is lost is sent again with the same Message-ID and date', async () => {
  const { mailServer, system: opened } = await withMailServer();
  await using system = opened;
  await using _ = mailServer;
  mailServer.unconfirmed = 2;
  await system.register(ann);
  await vi.waitFor(() => expect(mailServer.mails).toHaveLength(3), soon);
  const [first, ...others] = mailServer.mails.map(({ messageId, date }) => ({ messageId, date }));
  expect(others).toEqual([first, first]);
});

test('an address that the mail server does not know holds up no other mail', async () => {
  const { mailServer, system: opened } = await withMailServer();
  await using system = opened;
  await using _ = mailServer;
  mailServer.unknown.add(ann.email);
  await system.register(ann);
  await system.register({ ...ann, id: 'bob-1', email: 'bob@example.com' });
  await vi.waitFor(() => expect(mailServer.to('bob@example.com')).toHaveLength(1), soon);
  expect(mailServer.to(ann.email)).toEqual([]);
});
