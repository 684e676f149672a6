import { systemSpecs } from '@meower/brokers/start-system.ts';
import { bind, pattern, readConfig } from '@meower/shared/settings/read-settings.ts';
import { readTracing } from '@meower/shared/settings/tracing.ts';
import { str, url } from 'envalid';

/** Each listens on the port after that of the one before it. */
export const SERVICES = ['order', 'goods', 'history'] as const;
export type ServiceName = (typeof SERVICES)[number];
const topic = pattern(/created/, 'must contain "created": the other topics are named after it');

export type Config = ReturnType<typeof loadConfig>;

/** Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  const settings = readConfig(env, {
    ...systemSpecs('order-history'),
    HTTP_BIND: bind({ default: { host: '127.0.0.1', port: 8080 } }),
    /** For operators: drift, rebuild and metrics of the history. */
    OPERATOR_BIND: bind({ default: { host: '127.0.0.1', port: 8083 } }),
    /** What this process runs. Default: all. */
    SERVICE: str({ choices: SERVICES, default: undefined }),
    /** Default: the Postgres broker on PGlite. */
    KAFKA_ADDR: str({ default: '' }),
    ORDER_TOPIC: topic({ default: 'order_created_v1' }),
    GOODS_TOPIC: topic({ default: 'goods_created_v1' }),
    /** Where order-service and goods-service are, for comparisons. Default: in this process. */
    ORDER_URL: url({ default: undefined }),
    GOODS_URL: url({ default: undefined }),
  });
  return { ...settings, tracing: readTracing(env) };
}
