import { randomBytes } from 'node:crypto';
import { startTestTracing, tracingEnv } from '@meower/shared/testing/test-tracing.ts';
import { tracePaths } from '@meower/shared/testing/trace-text.ts';
import { expect, test, vi } from 'vitest';
import { MailServer } from './testing/mail-server.ts';
import { ann, startTestSystem } from './testing/registration-system.ts';

const SOON = { timeout: 20_000, interval: 20 };

test('a registration, its event and the mail are one trace', async () => {
  await using opened = new AsyncDisposableStack();
  const tracing = await startTestTracing();
  opened.defer(() => tracing.close());
  const mailServer = opened.use(new MailServer());
  await mailServer.start();
  const settings = { BROKER: 'memory', SERVICES: 'users,email', SMTP_URL: mailServer.url };
  const env = { ...tracingEnv(tracing.receiver), ...settings };
  const { started, topic } = opened.use(await startTestSystem({ env }));
  const traceId = randomBytes(16).toString('hex');
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-00` };
  const body = JSON.stringify(ann);
  const answer = await fetch(`${started.urls.users}/v1/users`, { method: 'POST', headers, body });
  expect(answer.status).toBe(201);
  await vi.waitFor(() => expect(mailServer.to(ann.email)).toHaveLength(1), SOON);

  const { spans } = tracing.receiver;
  const expected = [
    'POST /v1/users',
    `POST /v1/users > send ${topic}`,
    `POST /v1/users > process ${topic} attempt=1 settled=acked`,
  ];
  await vi.waitFor(() => expect(tracePaths(spans, traceId).sort()).toEqual(expected.sort()), SOON);
  const handled = spans.find((span) => span.traceId === traceId && span.kind === 'consumer');
  expect(handled?.attributes).toMatchObject({
    'messaging.consumer.group.name': 'email',
    'messaging.system': 'memory',
  });
});
