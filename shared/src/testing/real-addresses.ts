import { chromiumPath, firefoxPath } from './browser-paths.ts';

/** The real dependencies that tests can run on, in addition to the embedded ones. */
export type RealDependency =
  | 'postgres'
  | 'postgres_server'
  | 'nats'
  | 'nats_server'
  | 'elasticsearch'
  | 'rabbitmq'
  | 'rabbitmq_server'
  | 'redis'
  | 'redis_server'
  | 'prometheus_server'
  | 'chromium'
  | 'firefox'
  | 'kafka'
  | 'kafka_libs'
  | 'smtp';

export const realDependencies: RealDependency[] = [
  'postgres',
  'postgres_server',
  'nats',
  'nats_server',
  'elasticsearch',
  'rabbitmq',
  'rabbitmq_server',
  'redis',
  'redis_server',
  'smtp',
  'prometheus_server',
  'chromium',
  'firefox',
  'kafka',
  'kafka_libs',
];

/** Where a real dependency is, or a sentence with the reason why it is missing. */
export type RealAddress = { address: string } | { missing: string };

type Env = Record<string, string | undefined>;

const settings: Record<RealDependency, { name: string; variable: string; example: string }> = {
  postgres: {
    name: 'PostgreSQL',
    variable: 'MEOWER_TEST_POSTGRES',
    example: 'postgres://user:password@host:port/db',
  },
  postgres_server: {
    name: 'PostgreSQL (its programs, for tests that kill the server)',
    variable: 'MEOWER_TEST_POSTGRES_SERVER',
    example: '/path/to/the/folder/of/postgres/and/initdb',
  },
  nats: { name: 'NATS', variable: 'MEOWER_TEST_NATS', example: 'host:port' },
  nats_server: {
    name: 'nats-server (a binary, for tests that kill it)',
    variable: 'MEOWER_TEST_NATS_SERVER',
    example: '/path/to/nats-server',
  },
  elasticsearch: { name: 'Elasticsearch', variable: 'MEOWER_TEST_ELASTICSEARCH', example: 'host:port' },
  rabbitmq: {
    name: 'RabbitMQ',
    variable: 'MEOWER_TEST_RABBITMQ',
    example: 'amqp://user:password@host:port',
  },
  rabbitmq_server: {
    name: 'rabbitmq-server (a binary, for tests that kill it)',
    variable: 'MEOWER_TEST_RABBITMQ_SERVER',
    example: '/usr/lib/rabbitmq/bin/rabbitmq-server',
  },
  redis: { name: 'Redis', variable: 'MEOWER_TEST_REDIS', example: 'redis://host:port' },
  redis_server: {
    name: 'redis-server (a binary, for tests that kill it)',
    variable: 'MEOWER_TEST_REDIS_SERVER',
    example: '/usr/bin/redis-server',
  },
  smtp: {
    name: 'mail server (Mailpit or maildev, with its page on port 1080)',
    variable: 'MEOWER_TEST_SMTP',
    example: 'smtp://host:port',
  },
  kafka: { name: 'Kafka', variable: 'MEOWER_TEST_KAFKA', example: 'host:port' },
  kafka_libs: {
    name: 'Kafka (its jars, for tests that kill the server)',
    variable: 'MEOWER_TEST_KAFKA_LIBS',
    example: '/opt/kafka/libs',
  },
  prometheus_server: {
    name: 'prometheus (a binary, started by tests)',
    variable: 'MEOWER_TEST_PROMETHEUS_SERVER',
    example: '/usr/bin/prometheus',
  },
  chromium: { name: 'Chromium', variable: 'MEOWER_TEST_CHROMIUM', example: '/path/to/chromium' },
  firefox: { name: 'Firefox', variable: 'MEOWER_TEST_FIREFOX', example: '/path/to/firefox' },
};

/**
 * Reads the environment only, and connects to nothing. Browsers are also searched for in the usual places
 * of the system. An address that is set but wrong fails the test; the dependency does not count as missing.
 */
export function realAddress(dependency: RealDependency, env: Env = process.env): RealAddress {
  const { name, variable, example } = settings[dependency];
  const address = env[variable] || installedPath(dependency, env);
  return address ? { address } : { missing: `real ${name} is missing: set ${variable}=${example}` };
}

function installedPath(dependency: RealDependency, env: Env): string | undefined {
  if (dependency === 'chromium') return chromiumPath(env);
  return dependency === 'firefox' ? firefoxPath() : undefined;
}

/**
 * Whether a missing dependency fails the tests instead of skipping them (`MEOWER_REQUIRE_REAL=1`, as in CI).
 */
export function realRequired(env: Env = process.env): boolean {
  return env.MEOWER_REQUIRE_REAL === '1';
}
