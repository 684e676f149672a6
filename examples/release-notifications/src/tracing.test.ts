import { startTestTracing, tracingEnv } from '@meower/shared/testing/test-tracing.ts';
import { tracePaths } from '@meower/shared/testing/trace-text.ts';
import { expect, test, vi } from 'vitest';
import { deliver, newCommit, pushOf, startTestSystem, until } from './testing/release-system.ts';

// PGlite starts slowly on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

test('a push, its deployment and their notifications are one trace', async () => {
  await using opened = new AsyncDisposableStack();
  const tracing = await startTestTracing();
  opened.defer(() => tracing.close());
  const topics = { EVENTS_TOPIC: 'events', DEPLOYMENTS_QUEUE: 'deployments' };
  const env = { ...tracingEnv(tracing.receiver), ...topics, SIMULATED_DEPLOYMENT_S: '1' };
  const system = opened.use(await startTestSystem(env));
  await deliver(system.urls.webhook, pushOf(newCommit()));

  const { spans } = tracing.receiver;
  const found = () => {
    const traceId = spans.find(({ name }) => name === 'POST /')?.traceId ?? '';
    // Not whether a message shared its batch, nor the attempts: a deployment is retried until it is over.
    const names = tracePaths(spans, traceId).map((path) => path.replace(/ (attempt|links)=.*/, ''));
    const groups = spans
      .filter((span) => span.traceId === traceId && span.name === 'process events')
      .map(({ attributes }) => String(attributes['messaging.consumer.group.name']));
    return { names: [...new Set(names)].sort(), groups: [...new Set(groups)].sort() };
  };
  await until(() =>
    expect(found()).toEqual({
      names: [
        'POST /',
        'POST / > process deployments',
        'POST / > process events',
        'POST / > send deployments',
        'POST / > send events',
      ],
      groups: ['archive', 'deploy-to-pre-production', 'deploy-to-production', 'grafana', 'slack'],
    }),
  );
});
