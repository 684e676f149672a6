import { chromiumPath } from './chromium-path.ts';

/** The real parts that tests can run on beside the embedded ones. */
export type RealDependency = 'postgres' | 'nats' | 'nats_server' | 'elasticsearch' | 'chromium';

export const realDependencies: RealDependency[] = [
  'postgres',
  'nats',
  'nats_server',
  'elasticsearch',
  'chromium',
];

/** What a test run says about one real part: where it is, or the sentence that says why it is not there. */
export type RealAddress = { address: string } | { missing: string };

type Env = Record<string, string | undefined>;

const settings: Record<RealDependency, { name: string; variable: string; example: string }> = {
  postgres: {
    name: 'PostgreSQL',
    variable: 'MEOWER_TEST_POSTGRES',
    example: 'postgres://user:password@host:port/db',
  },
  nats: { name: 'NATS', variable: 'MEOWER_TEST_NATS', example: 'host:port' },
  nats_server: {
    name: 'nats-server (a binary, for tests that kill it)',
    variable: 'MEOWER_TEST_NATS_SERVER',
    example: '/path/to/nats-server',
  },
  elasticsearch: { name: 'Elasticsearch', variable: 'MEOWER_TEST_ELASTICSEARCH', example: 'host:port' },
  chromium: { name: 'Chromium', variable: 'MEOWER_TEST_CHROMIUM', example: '/path/to/chromium' },
};

/**
 * Where the real part is, by the environment alone: nothing is connected to. Only Chromium is also looked for in
 * the usual places of the system. An address that is set but wrong is the test's failure, not a missing part.
 */
export function realAddress(part: RealDependency, env: Env = process.env): RealAddress {
  const { name, variable, example } = settings[part];
  const address = env[variable] || (part === 'chromium' ? chromiumPath(env) : undefined);
  return address ? { address } : { missing: `real ${name} is not there: set ${variable}=${example}` };
}

/** True where a missing part has to fail instead of being skipped (`MEOWER_REQUIRE_REAL=1`, as in CI). */
export function realRequired(env: Env = process.env): boolean {
  return env.MEOWER_REQUIRE_REAL === '1';
}
