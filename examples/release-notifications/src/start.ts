import { createRabbitBroker } from '@meower/brokers/rabbitmq.ts';
import { startSystem } from '@meower/brokers/start-system.ts';
import { parseData } from '@meower/shared/event/define-event.ts';
import { defineRoutes } from '@meower/shared/http/define-routes.ts';
import type { LagReader, Log } from '@meower/shared/message/capabilities.ts';
import type { Handle, Middleware } from '@meower/shared/message/router/handler.ts';
import { circuitBreaker } from '@meower/shared/message/router/middleware/circuit-breaker.ts';
import { correlationId } from '@meower/shared/message/router/middleware/correlation-id.ts';
import { logging } from '@meower/shared/message/router/middleware/logging.ts';
import { throttle } from '@meower/shared/message/router/middleware/throttle.ts';
import { createRouter } from '@meower/shared/message/router/router.ts';
import { createMetrics } from '@meower/shared/metrics/metrics.ts';
import { lagReadings } from '@meower/shared/metrics/readings.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import type { CreateService, ServiceBroker } from '@meower/shared/service/start-services.ts';
import { loadTracing } from '@meower/shared/tracing/load-tracing.ts';
import { archive } from './archive.ts';
import type { Config } from './config.ts';
import { deployment, PRODUCTION, readEvent, textOf, toMessage } from './events.ts';
import { grafana } from './receivers/grafana.ts';
import { slack } from './receivers/slack.ts';
import { reportRoute } from './report.ts';
import { deployTo } from './stand-ins/deployments.ts';
import { grafanaRoutes } from './stand-ins/grafana.ts';
import { webhookRoutes } from './webhook.ts';

export { loadConfig } from './config.ts';

/** For tests: around each handler, and instead of Grafana. */
export interface Overrides {
  use?: readonly Middleware[];
  notifyGrafana?: (base: URL) => Handle;
}

/**
 * The webhook and the handlers. Each handler is a group of its own: one whose receiver is down holds up no
 * other. What can never be handled becomes a dead letter (Watermill's poison queue).
 */
function createWebhookService(
  config: Config,
  { use = [], notifyGrafana = grafana }: Overrides,
): CreateService<ServiceBroker & Log & Partial<LagReader>> {
  const { rabbitmqUrl: url, deploymentsQueue: queue, eventsTopic, slackWebhookUrl } = config;
  return async ({ broker, keep, openDatabase, urls, logger }) => {
    // Other teams publish straight to the queue.
    const ofQueue = { url, groups: { deployments: [queue] }, queueName: () => queue };
    const tracing = await loadTracing(config.tracing);
    const queueBroker = url
      ? tracing.broker(keep(createRabbitBroker(ofQueue, { logger })), 'rabbitmq')
      : broker;
    const metrics = createMetrics('release-notifications');
    const log = metrics.messages.measure(broker, 'events');
    const groups = { slack: [eventsTopic], grafana: [eventsTopic], archive: [eventsTopic] };
    metrics.add(lagReadings(broker, groups));
    const deployments = metrics.messages.measure(queueBroker, 'deployments');
    const logLine: Handle = async (message) => logger.warn(`Slack: ${textOf(readEvent(message))}`);
    const db = await openDatabase(new URL('archive.sql', import.meta.url));
    const events = { consumer: log, topic: eventsTopic };
    const router = createRouter({
      logger,
      use: [correlationId, logging(logger), metrics.messages.middleware, ...use],
      policy: { timeoutMs: 10_000, backoff: { firstMs: 200, longestMs: 15_000 } },
    })
      .add({
        name: 'deployments',
        from: { consumer: deployments, topic: queue },
        to: { publisher: log, topic: eventsTopic },
        async handle({ payload }) {
          const { commit_id: id, env, timestamp } = parseData('a deployment', deployment, payload);
          return [toMessage({ type: 'commitDeployed', id, env, occurred_on: timestamp })];
        },
      })
      .add({
        name: 'slack',
        from: events,
        // Messages that wait for their turn are no failures of Slack.
        use: [throttle({ perSecond: config.slackPerSecond }), circuitBreaker()],
        policy: { concurrency: 2 },
        handle: slackWebhookUrl ? slack(new URL(slackWebhookUrl)) : logLine,
      })
      .add({
        name: 'grafana',
        from: events,
        use: [circuitBreaker()],
        handle: notifyGrafana(new URL(config.grafanaUrl ?? urls.grafana ?? '')),
      })
      .add({ name: 'archive', from: events, handle: archive(db) });
    const simulatedMs = 1000 * config.simulatedDeploymentS;
    const simulated = { 'pre-production': 0.4 * simulatedMs, [PRODUCTION]: simulatedMs };
    const to = { publisher: deployments, topic: queue };
    for (const [env, ms] of Object.entries(simulatedMs > 0 ? simulated : {}))
      router.add({ name: `deploy-to-${env}`, from: events, to, handle: deployTo(env, ms) });

    return {
      router,
      routes: webhookRoutes(log, eventsTopic, config.githubSecret),
      operatorRoutes: defineRoutes({
        'GET /metrics': metrics.route,
        'GET /report': reportRoute(broker, eventsTopic),
      }),
      checks: [{ name: 'deployments', check: () => queueBroker.ping() }],
    };
  };
}

/** Starts the system, with a stand-in for Grafana unless the settings name one. */
export function start(config: Config, logger: Logger, overrides: Overrides = {}) {
  const { host, port, metricsPort } = config;
  return startSystem({
    config,
    services: {
      grafana: async ({ logger }) => ({ routes: grafanaRoutes([], logger) }),
      webhook: createWebhookService(config, overrides),
    },
    names: config.grafanaUrl ? ['webhook'] : ['grafana', 'webhook'],
    bindOf: (name) => ({ host, port: name === 'webhook' ? port : metricsPort && metricsPort + 1 }),
    operatorBind: { host, port: metricsPort },
    broker: config.log,
    topics: [config.eventsTopic, config.deploymentsQueue],
    hasOneDatabase: true,
    logger,
  });
}
