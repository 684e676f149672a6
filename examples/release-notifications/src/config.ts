import { systemSpecs } from '@meower/brokers/start-system.ts';
import { processSpecs } from '@meower/shared/settings/process.ts';
import { integer, readConfig } from '@meower/shared/settings/read-settings.ts';
import { readTracing } from '@meower/shared/settings/tracing.ts';
import { str, url } from 'envalid';

export type Config = ReturnType<typeof loadConfig>;

/** Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  const settings = readConfig(env, {
    ...processSpecs,
    ...systemSpecs('release-notifications'),
    HOST: str({ default: '127.0.0.1' }),
    /** For operators: metrics and report. */
    METRICS_PORT: integer(0, 65535)({ default: 8081 }),
    LOG: str({ choices: ['postgres', 'nats', 'redis', 'kafka'] as const, default: 'postgres' }),
    EVENTS_TOPIC: str({ default: 'events' }),
    /** Where deployments are announced: the queue that other teams publish to. Default: a topic of the log. */
    RABBITMQ_URL: url({ default: '' }),
    DEPLOYMENTS_QUEUE: str({ default: 'deployments' }),
    GITHUB_SECRET: str({ default: undefined }),
    /** Default: log lines instead of Slack. */
    SLACK_WEBHOOK_URL: url({ default: undefined }),
    SLACK_PER_SECOND: integer(1, 1000)({ default: 1 }),
    /** With user and password. Default: a stand-in on the port after METRICS_PORT. */
    GRAFANA_URL: url({ default: undefined }),
    SIMULATED_DEPLOYMENT_S: integer(0, 3600)({ default: 10 }),
  });
  return { ...settings, tracing: readTracing(env) };
}
