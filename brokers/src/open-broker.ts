import { runInBackground } from '@meower/shared/async/background-task.ts';
import { retryForever } from '@meower/shared/async/retry.ts';
import { openDatabase } from '@meower/shared/db/open-database.ts';
import type { SqlDatabase } from '@meower/shared/db/sql.ts';
import type { Broker } from '@meower/shared/message/capabilities.ts';
import { createInProcessBroker } from '@meower/shared/message/in-process.ts';
import { createSqlBroker, readSqlBrokerSchema } from '@meower/shared/message/sql.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { postgresUrl } from '@meower/shared/settings/postgres.ts';
import { address, type ConfigOf } from '@meower/shared/settings/read-settings.ts';
import { str, url } from 'envalid';
import type { KafkaBroker } from './kafka.ts';
import type { RabbitBroker } from './rabbitmq.ts';
import type { RedisBroker } from './redis.ts';

/** Where the brokers are; only the one that is chosen is connected to. */
export const brokerSpecs = {
  NATS_ADDRESS: address({ default: 'localhost:4222' }),
  /** `host:port`, several separated by commas. */
  KAFKA_ADDR: str({ default: 'localhost:9092' }),
  RABBITMQ_URL: url({ default: 'amqp://guest:guest@localhost:5672' }),
  REDIS_URL: url({ default: 'redis://localhost:6379' }),
  /** Of the broker `postgres`. Default: PGlite in the data folder. */
  BROKER_DATABASE_URL: postgresUrl({ default: undefined }),
};

export interface OpenBrokerOptions {
  addresses: ConfigOf<typeof brokerSpecs>;
  /** For files of an embedded broker. */
  folder: string;
  /** For the broker `postgres`, instead of one of its own; the caller closes it after the broker. */
  db?: SqlDatabase | undefined;
  /** All topics that will be used. They share an order where the broker has one. */
  topics: readonly string[];
  /**
   * Topics by group. RabbitMQ, which keeps messages for groups only, then keeps them for those that have not
   * come yet.
   */
  groups: Readonly<Record<string, readonly string[]>>;
  logger: Logger;
}

/** Groups that are added years later get every message. */
const MAX_AGE_MS = 100 * 365 * 24 * 3_600_000;
const UNLIMITED = Number.MAX_SAFE_INTEGER;
const MAX_DEAD_LETTERS = 10_000;

// The client of a broker is loaded when that broker is chosen: all of them would double the time of a start.
const openers = {
  memory: async ({ logger }: OpenBrokerOptions): Promise<Broker> => createInProcessBroker({ logger }),

  async postgres({ addresses, folder, db: shared, logger }: OpenBrokerOptions): Promise<Broker> {
    const server = addresses.brokerDatabaseUrl;
    const db = shared ?? (await openDatabase(server, `${folder}/broker`, logger));
    const schema = await readSqlBrokerSchema();
    const createTables = () => db.script(schema);
    // A server may become available later; until then the broker's calls fail or wait.
    const migration = runInBackground((signal) =>
      retryForever(createTables, { what: 'create the tables of the broker', logger, signal }),
    );
    const broker = createSqlBroker(db, {
      logger,
      maxMessages: UNLIMITED,
      maxBytes: UNLIMITED,
      maxAgeMs: MAX_AGE_MS,
    });
    return {
      ...broker,
      async close() {
        await migration.close();
        await broker.close();
        if (!shared) await db.close();
      },
    };
  },

  async nats({ addresses, topics, logger }: OpenBrokerOptions): Promise<Broker> {
    const { createNatsBroker } = await import('@meower/shared/message/nats.ts');
    const [name = ''] = topics;
    const stream = name.replaceAll('.', '-');
    const deadLetters = { subject: `${name}.dead`, stream: `${stream}-dead`, maxBytes: 64 * 1024 ** 2 };
    const keep = { maxAgeMs: MAX_AGE_MS, maxBytes: -1 };
    return createNatsBroker(
      { address: addresses.natsAddress, streams: { [stream]: topics }, deadLetters, ...keep },
      { logger },
    );
  },

  async kafka({ addresses, topics, logger }: OpenBrokerOptions): Promise<KafkaBroker> {
    const { createKafkaBroker } = await import('./kafka.ts');
    const deadLetterTopic = `${topics[0]}.dead`;
    return createKafkaBroker({ address: addresses.kafkaAddr, deadLetterTopic }, { logger });
  },

  async rabbitmq({ addresses, topics, groups, logger }: OpenBrokerOptions): Promise<RabbitBroker> {
    const { createRabbitBroker } = await import('./rabbitmq.ts');
    const deadLetters = { queue: `${topics[0]}.dead`, limit: MAX_DEAD_LETTERS };
    return createRabbitBroker({ url: addresses.rabbitmqUrl, groups, deadLetters }, { logger });
  },

  async redis({ addresses, logger }: OpenBrokerOptions): Promise<RedisBroker> {
    const { createRedisBroker } = await import('./redis.ts');
    return createRedisBroker({ url: addresses.redisUrl, maxMessages: UNLIMITED }, { logger });
  },
};

export type BrokerKind = keyof typeof openers;

/**
 * A broker by its name in the settings, which keeps messages for ever. One that is unavailable is waited for
 * in the background.
 */
export function openBroker<K extends BrokerKind>(
  kind: K,
  options: OpenBrokerOptions,
): ReturnType<(typeof openers)[K]> {
  // The opener of a kind returns what is declared for that kind.
  return openers[kind](options) as ReturnType<(typeof openers)[K]>;
}
