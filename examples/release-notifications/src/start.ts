import { join } from 'node:path';
import { openBroker } from '@meower/brokers/open-broker.ts';
import { createMetrics, type MessageMetrics } from '@meower/brokers/prometheus.ts';
import { createRabbitBroker } from '@meower/brokers/rabbitmq.ts';
import type { Closable } from '@meower/shared/async/closable.ts';
import { openDatabase } from '@meower/shared/db/open-database.ts';
import { parseInput, queryParameters } from '@meower/shared/http/parameters.ts';
import type { Consumer, Publisher } from '@meower/shared/message/capabilities.ts';
import { measureConsumer, measurePublisher } from '@meower/shared/message/metrics.ts';
import type { Middleware } from '@meower/shared/message/router/handler.ts';
import { claimDataFolder } from '@meower/shared/process/data-folder.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { createEventService } from '@meower/shared/service/event-service.ts';
import type { Service } from '@meower/shared/service/service.ts';
import { type ServiceContext, startServices } from '@meower/shared/service/start-services.ts';
import { z } from 'zod';
import { readArchiveSchema } from './archive.ts';
import type { Config } from './config.ts';
import { startGrafanaStandIn } from './grafana-stand-in.ts';
import { createHandlers } from './handlers.ts';
import { grafana, logLine, type Notify, slack } from './receivers.ts';
import { formatReport, type RepositoryReport, report } from './report.ts';
import { webhookRoutes } from './webhook.ts';

const SERVICES = ['webhook', 'observation'] as const;

export interface Started extends Closable {
  urls: { webhook: string; observation: string; grafana: string };
}

/** For tests: around each handler, and instead of Grafana. */
export interface Overrides {
  use?: readonly Middleware[];
  notifyGrafana?: (base: URL) => Notify;
}

/** On the dependencies that the settings name; by default on embedded ones. */
export async function start(
  config: Config,
  logger: Logger,
  { use = [], notifyGrafana = grafana }: Overrides = {},
): Promise<Started> {
  await using opened = new AsyncDisposableStack();
  const { addresses, topics, dataDir, ports } = config;
  const folder = await claimDataFolder(dataDir);
  opened.defer(() => folder.release());
  const db = await openDatabase(config.database, join(dataDir, 'postgres'), logger);
  opened.defer(() => db.close());
  const log = await openBroker(config.log, {
    ...{ addresses, topics: Object.values(topics), groups: {}, folder: dataDir, logger },
    // Embedded, the archive and the log share one.
    db: config.database || addresses.BROKER_DATABASE_URL ? undefined : db,
  });
  opened.defer(() => log.close());
  const deployments = config.rabbitUrl ? openQueue(config.rabbitUrl, topics.deployments, logger) : log;
  opened.defer(() => deployments.close());
  let grafanaUrl = config.grafanaUrl;
  if (!grafanaUrl) {
    const standIn = await startGrafanaStandIn(ports.observation && ports.observation + 1, logger);
    opened.defer(() => standIn.close());
    grafanaUrl = standIn.url;
  }

  const metrics = createMetrics();
  const measured = (broker: Publisher & Consumer, name: string) => ({
    ...measurePublisher(broker, name, metrics.onPublished),
    ...measureConsumer(broker, name, metrics.onSettled),
  });
  const handled = { log: measured(log, 'events'), deployments: measured(deployments, 'deployments') };
  const receivers = {
    slack: config.slackUrl ? slack(config.slackUrl) : logLine(logger),
    grafana: notifyGrafana(grafanaUrl),
  };

  const create = {
    async webhook({ logger }: ServiceContext) {
      const middleware = [metrics.middleware, ...use];
      return createEventService({
        routes: webhookRoutes(handled.log, topics.events, config.githubSecret),
        database: { db, schema: await readArchiveSchema() },
        broker: {
          ping: async () => void (await Promise.all([log.ping(), deployments.ping()])),
          close: async () => {},
        },
        router: createHandlers({ ...config, ...handled, ...receivers, db, logger, use: middleware }),
        logger,
      });
    },
    observation: async () => observation(metrics, (since) => report(log, topics.events, since)),
  };
  const { urls, close } = await startServices({
    create,
    names: SERVICES,
    portOf: (name) => ports[name],
    databaseOf: () => undefined,
    dataDir,
    logger,
  });
  opened.defer(close);

  const closing = opened.move();
  const { webhook = '', observation: observed = '' } = urls;
  return {
    urls: { webhook, observation: observed, grafana: grafanaUrl.origin },
    close: () => closing.disposeAsync(),
  };
}

/** Other teams publish straight to the queue. */
function openQueue(url: string, queue: string, logger: Logger) {
  return createRabbitBroker({ url, groups: { deployments: [queue] }, queueName: () => queue }, { logger });
}

const reportParameters = z.object({ since: z.coerce.date('since must be a date') });

/** What operators ask for: metrics, and the report, because an embedded log is open in one process only. */
function observation(metrics: MessageMetrics, since: (date: Date) => Promise<RepositoryReport[]>): Service {
  return {
    checks: [],
    close: async () => {},
    routes: {
      methods: { '/metrics': ['GET'], '/report': ['GET'] },
      register(app) {
        app.get('/metrics', async (_req, res) => {
          res.type('text/plain; version=0.0.4').send(await metrics.text());
        });
        app.get('/report', async (req, res) => {
          const { since: date } = parseInput(reportParameters, queryParameters(req));
          res.type('text/plain').send(formatReport(date, await since(date)));
        });
      },
    },
  };
}
