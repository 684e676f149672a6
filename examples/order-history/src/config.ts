import { resolve } from 'node:path';
import { brokerSpecs } from '@meower/brokers/open-broker.ts';
import { postgresUrl } from '@meower/shared/settings/postgres.ts';
import { logLevel } from '@meower/shared/settings/process.ts';
import { readSettings } from '@meower/shared/settings/read-settings.ts';
import { EnvError, makeValidator, str, url } from 'envalid';

/** Each listens on the port after that of the one before it. */
export const SERVICES = ['order', 'goods', 'history'] as const;
export type ServiceName = (typeof SERVICES)[number];

const bind = makeValidator<{ host: string | undefined; port: number }>((input) => {
  const [, host, port] = /^(.*):(\d{1,5})$/.exec(input) ?? [];
  if (port === undefined || Number(port) > 65_533) throw new EnvError('must be host:port or :port');
  return { host: host || undefined, port: Number(port) };
});
const topic = makeValidator<string>((input) => {
  if (!input.includes('created'))
    throw new EnvError('must contain "created": the other topics are named after it');
  return input;
});
const service = str({ choices: SERVICES, default: undefined });

export type Config = ReturnType<typeof loadConfig>;

/** Throws `SettingsError`. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  const settings = readSettings(env, {
    ...brokerSpecs,
    LOG_LEVEL: logLevel('warn'),
    /** What this process runs. Default: all. */
    SERVICE: service,
    HTTP_BIND: bind({ default: { host: undefined, port: 8080 } }),
    /** Of the one service. Default: PGlite, one for each. */
    DATABASE_URL: postgresUrl({ default: undefined }),
    /** Default: the Postgres broker on PGlite. */
    KAFKA_ADDR: str({ default: undefined }),
    ORDER_TOPIC: topic({ default: 'order_created_v1' }),
    GOODS_TOPIC: topic({ default: 'goods_created_v1' }),
    /** Where order-service and goods-service are, for comparisons. */
    ORDER_URL: url({ default: undefined }),
    GOODS_URL: url({ default: undefined }),
    DATA_DIR: str({ default: '.data/order-history' }),
  });
  return {
    logLevel: settings.LOG_LEVEL,
    services: settings.SERVICE ? [settings.SERVICE] : SERVICES,
    bind: settings.HTTP_BIND,
    database: settings.DATABASE_URL,
    isEmbedded: !settings.DATABASE_URL || !settings.KAFKA_ADDR,
    broker: settings.KAFKA_ADDR ? ('kafka' as const) : ('postgres' as const),
    addresses: { ...settings, KAFKA_ADDR: settings.KAFKA_ADDR ?? '' },
    topics: { orders: settings.ORDER_TOPIC, goods: settings.GOODS_TOPIC },
    urls: { order: settings.ORDER_URL, goods: settings.GOODS_URL },
    dataDir: resolve(settings.DATA_DIR),
  };
}
