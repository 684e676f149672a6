import { backoffMs } from '@meower/shared/async/backoff.ts';
import { withTimeout } from '@meower/shared/async/with-timeout.ts';
import {
  BrokerUnavailableError,
  NoSuchDeadLetterError,
  RefusedError,
} from '@meower/shared/message/capabilities.ts';
import { createClient, RESP_TYPES } from 'redis';
import type { RedisSettings } from './config.ts';

type RedisClient = ReturnType<typeof openClient>;

/** Connects in the background, and again after each loss. Commands fail immediately while it is not connected. */
export function openClient({ url, longestRetryMs, logger }: RedisSettings) {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: 50_000,
    // Those of `RedisConnection.run` are enough: each one of the client's costs an AbortSignal and its timer.
    commandOptions: { timeout: 0 },
    socket: {
      connectTimeout: 5000,
      reconnectStrategy: (retries) => backoffMs(retries + 1, { firstMs: 100, longestMs: longestRetryMs }),
    },
  });
  client.on('error', (err: Error) =>
    logger.warn({ cause: err.message }, 'not connected to Redis: trying again'),
  );
  client.connect().catch(() => {}); // rejects when it is closed before it has connected
  // Payloads are no text.
  return client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
}

/** The connection for commands, and what they have in common. */
export class RedisConnection {
  readonly client: RedisClient;
  readonly settings: RedisSettings;

  constructor(settings: RedisSettings) {
    this.settings = settings;
    this.client = openClient(settings);
  }

  key(name: string): string {
    return this.settings.prefix + name;
  }

  /** Rejects as the capabilities promise. */
  async run<T>(work: (client: RedisClient) => Promise<T>): Promise<T> {
    try {
      return await withTimeout(work(this.client), this.settings.timeoutMs);
    } catch (cause) {
      if (cause instanceof NoSuchDeadLetterError || cause instanceof RefusedError) throw cause;
      throw new BrokerUnavailableError(`Redis: ${(cause as Error).message}`, { cause });
    }
  }
}
