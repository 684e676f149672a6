import { expect, test, vi } from 'vitest';
import { MailServer } from './testing/mail-server.ts';
import { ann, startTestSystem, type TestSystem } from './testing/registration-system.ts';

const soon = { timeout: 30_000, interval: 20 };

/**
 * What the system promises on every broker. `withBroker` runs a test with the settings of a broker, and
 * removes its traces.
 */
export function journeyContract(
  withBroker: (run: (env: Record<string, string>) => Promise<string>) => Promise<void>,
): void {
  test('each user is welcomed by one mail, and gets points once from a service that starts late', async () => {
    await withBroker(async (env) => {
      await using mailServer = new MailServer();
      await mailServer.start();
      await using system = await startTestSystem({
        env: { SERVICES: 'users,email,sms', SMTP_URL: mailServer.url, ...env },
      });
      // A replica: it shares the group.
      if (env.BROKER !== 'http') await system.started.startService('email');

      const users = Array.from({ length: 20 }, (_, i) => ({
        ...ann,
        id: `user-${i}`,
        email: `user-${i}@example.com`,
      }));
      const answers = await Promise.all(users.map((user) => system.register(user)));
      expect(answers.map(({ status }) => status)).toEqual(users.map(() => 201));
      await mailsArrive(mailServer, users);
      expect(await system.get('users', '/v1/users/user-7')).toEqual({ ...answers[7], status: 200 });

      await system.started.startService('points');
      await system.register({ ...ann, email: 'late@example.com' });
      await pointsAre(system, [...users, ann]);
      await mailsArrive(mailServer, [...users, { email: 'late@example.com' }]);
      return system.topic;
    });
  });
}

async function mailsArrive(mailServer: MailServer, users: readonly { email: string }[]): Promise<void> {
  await vi.waitFor(
    () => expect(users.filter(({ email }) => mailServer.to(email).length === 0)).toEqual([]),
    soon,
  );
  expect(mailServer.mails.length).toBe(users.length);
  expect(new Set(mailServer.mails.map(({ messageId }) => messageId)).size).toBe(users.length);
}

async function pointsAre(system: TestSystem, users: readonly { id: string }[]): Promise<void> {
  await vi.waitFor(async () => {
    const points = await Promise.all(users.map(({ id }) => system.get('points', `/v1/points/${id}`)));
    expect(points).toEqual(users.map(({ id }) => ({ status: 200, body: { user_id: id, points: 100 } })));
  }, soon);
}
