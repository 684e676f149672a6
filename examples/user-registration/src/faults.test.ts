import { createRedisServer } from '@meower/brokers/testing/redis.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import type { Middleware } from '@meower/shared/message/router/handler.ts';
import { twice } from '@meower/shared/message/router/testing/twice.ts';
import { describeReal } from '@meower/shared/testing/describe-real.ts';
import { createNatsServer } from '@meower/shared/testing/nats-server.ts';
import { expect, test, vi } from 'vitest';
import { runWithFaults } from './testing/fault-run.ts';
import type { MailServer } from './testing/mail-server.ts';
import { ann, startTestSystem } from './testing/registration-system.ts';

vi.setConfig({ testTimeout: 240_000 });

const lives = [{ DIE_IN: 'points', DIE_AFTER: '3' }, { DIE_IN: 'email', DIE_AFTER: '4' }, {}];

/** How long the mail server is down. */
const DOWN_MS = 500;
/** Longest wait for the first mail. On a busy machine, two processes take a minute to start. */
const FIRST_MAIL_MS = 120_000;

/** The mail server is down, then confirms some mails too late. */
async function disturbMail(mailServer: MailServer): Promise<void> {
  await vi.waitFor(() => expect(mailServer.mails.length).toBeGreaterThan(0), FIRST_MAIL_MS);
  await mailServer.stop();
  mailServer.unconfirmed = 3;
  await sleep(DOWN_MS);
  await mailServer.start();
}

test.concurrent('processes killed between effect and ack, a mail server down: nothing is lost, nothing booked twice', async () => {
  const report = await runWithFaults({ lives, disturb: disturbMail });
  expect(report).toMatchObject({ registered: 40, deaths: 2, violations: [] });
  console.log(`faults on the embedded system: ${JSON.stringify(report)}`);
});

test.concurrent('the same check finds a consumer that takes deliveries for messages', async () => {
  const faulty = { BUG: 'delivery-as-key' };
  const { violations } = await runWithFaults({
    lives: [{ ...faulty, DIE_IN: 'points', DIE_AFTER: '3' }, faulty],
  });
  expect(violations).toContainEqual(expect.stringMatching(/^user-\d-\d has 200 points$/));
});

test.concurrent('events that arrive twice and out of order have one effect each', async () => {
  const shuffled: Middleware = (next) => async (message, signal) => {
    await sleep(Math.random() * 20);
    return next(message, signal);
  };
  await using system = await startTestSystem({ env: { BROKER: 'memory' }, use: [shuffled, twice] });
  const ids = Array.from({ length: 30 }, (_, i) => `user-${i}`);
  await Promise.all(ids.map((id) => system.register({ ...ann, id, email: `${id}@example.com` })));
  await vi.waitFor(async () => {
    const points = await Promise.all(ids.map((id) => system.get('points', `/v1/points/${id}`)));
    expect(points.map(({ body }) => body.points)).toEqual(ids.map(() => 100));
  }, 20_000);
});

const servers = {
  nats_server: {
    create: createNatsServer,
    env: (address: string) => ({ BROKER: 'nats', NATS_ADDRESS: address }),
  },
  redis_server: {
    create: createRedisServer,
    env: (address: string) => ({ BROKER: 'redis', REDIS_URL: `redis://${address}` }),
  },
};

for (const dependency of ['nats_server', 'redis_server'] as const)
  describeReal(dependency, (binary) =>
    test.concurrent('a broker that is killed and restarted while users register and processes die', async () => {
      const { create, env } = servers[dependency];
      const server = await create(binary);
      await server.start();
      const disturb = async (mailServer: MailServer) => {
        await vi.waitFor(() => expect(mailServer.mails.length).toBeGreaterThan(0), FIRST_MAIL_MS);
        await server.kill();
        await disturbMail(mailServer);
        await server.start();
      };
      const plan = { env: env(server.address), lives, disturb };
      const report = await runWithFaults(plan).finally(() => server.wipe());
      expect(report).toMatchObject({ registered: 40, deaths: 2, violations: [] });
      console.log(`faults on ${dependency}: ${JSON.stringify(report)}`);
    }),
  );
