import { resolve } from 'node:path';
import { brokerSpecs } from '@meower/brokers/open-broker.ts';
import { postgresUrl } from '@meower/shared/settings/postgres.ts';
import { logLevel, processSpecs } from '@meower/shared/settings/process.ts';
import { integer, readSettings } from '@meower/shared/settings/read-settings.ts';
import { str, url } from 'envalid';

export type Config = ReturnType<typeof loadConfig>;

/** Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  const settings = readSettings(env, {
    ...processSpecs,
    LOG_LEVEL: logLevel('warn'),
    METRICS_PORT: integer(0, 65535)({ default: 8081 }),
    LOG: str({ choices: ['postgres', 'nats', 'redis', 'kafka'] as const, default: 'postgres' }),
    /** Default: deployments are announced on the log. */
    RABBITMQ_URL: url({ default: undefined }),
    /** All events. */
    EVENTS_TOPIC: str({ default: 'events' }),
    /** Where deployments are announced: the queue that other teams publish to. */
    DEPLOYMENTS_QUEUE: str({ default: 'deployments' }),
    /** Of the archive. Default: PGlite in the data folder. */
    DATABASE_URL: postgresUrl({ default: undefined }),
    GITHUB_SECRET: str({ default: undefined }),
    /** Default: log lines instead of Slack. */
    SLACK_WEBHOOK_URL: url({ default: undefined }),
    SLACK_PER_SECOND: integer(1, 1000)({ default: 1 }),
    /** With user and password. Default: a stand-in on the next port of METRICS_PORT. */
    GRAFANA_URL: url({ default: undefined }),
    SIMULATED_DEPLOYMENT_S: integer(0, 3600)({ default: 10 }),
    DATA_DIR: str({ default: '.data/release-notifications' }),
  });
  const slackUrl = settings.SLACK_WEBHOOK_URL;
  const grafanaUrl = settings.GRAFANA_URL;
  return {
    logLevel: settings.LOG_LEVEL,
    ports: { webhook: settings.PORT, observation: settings.METRICS_PORT },
    log: settings.LOG,
    /** Where the brokers are. */
    addresses: readSettings(env, brokerSpecs),
    topics: { events: settings.EVENTS_TOPIC, deployments: settings.DEPLOYMENTS_QUEUE },
    rabbitUrl: settings.RABBITMQ_URL,
    database: settings.DATABASE_URL,
    githubSecret: settings.GITHUB_SECRET,
    slackUrl: slackUrl === undefined ? undefined : new URL(slackUrl),
    slackPerSecond: settings.SLACK_PER_SECOND,
    grafanaUrl: grafanaUrl === undefined ? undefined : new URL(grafanaUrl),
    simulatedMs: 1000 * settings.SIMULATED_DEPLOYMENT_S,
    dataDir: resolve(settings.DATA_DIR),
  };
}
