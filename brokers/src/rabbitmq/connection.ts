import { withTimeout } from '@meower/shared/async/with-timeout.ts';
import { BrokerUnavailableError } from '@meower/shared/message/capabilities.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { type Channel, type ConfirmChannel, connect, type RecoveringChannelModel } from 'amqplib';
import type { RabbitSettings } from './config.ts';

/** Stays connected until it is closed. */
export class RabbitConnection {
  readonly #host: string;
  readonly #model: Promise<RecoveringChannelModel>;
  #problem: string | undefined = 'not connected yet';

  constructor({ url, heartbeatS, longestRetryMs }: RabbitSettings, logger: Logger) {
    const address = new URL(url);
    if (!address.searchParams.has('heartbeat')) address.searchParams.set('heartbeat', String(heartbeatS));
    this.#host = address.host;
    this.#model = this.#open(address.href, longestRetryMs, logger);
  }

  /** Throws `BrokerUnavailableError` with the problem when there is no connection. */
  assertConnected(): void {
    if (this.#problem) throw new BrokerUnavailableError(`RabbitMQ at ${this.#host}: ${this.#problem}`);
  }

  /** Waits for a connection. Rejects when it is closed. */
  async channel(): Promise<Channel> {
    return withoutErrorEvents(await (await this.#model).createChannel());
  }

  /** The same, with confirmation of what is published. */
  async confirmChannel(): Promise<ConfirmChannel> {
    return withoutErrorEvents(await (await this.#model).createConfirmChannel());
  }

  async close(): Promise<void> {
    this.#problem = 'closed';
    await (await this.#model).close();
  }

  async #open(url: string, maxDelay: number, logger: Logger): Promise<RecoveringChannelModel> {
    const recovery = { waitForConnect: false, initialDelay: 100, maxDelay, jitter: 0.5 };
    const model = await connect(url, { noDelay: true, timeout: 5000, recovery });
    model.on('connect', () => {
      this.#problem = undefined;
      logger.info({ server: this.#host }, 'connected to RabbitMQ');
    });
    model.on('reconnect-scheduled', ({ delay, error }) => {
      this.#problem = error.message;
      logger.warn(
        { server: this.#host, cause: error.message, retryInMs: Math.round(delay) },
        'not connected to RabbitMQ: trying again',
      );
    });
    model.on('blocked', (reason) => logger.warn({ reason }, 'RabbitMQ takes no messages for now'));
    model.on('error', () => {}); // followed by 'reconnect-scheduled'
    return model;
  }
}

/** The calls that an error ends reject with it, and 'close' follows. */
function withoutErrorEvents<C extends Channel>(channel: C): C {
  channel.on('error', () => {});
  return channel;
}

const ANSWER_MS = 5000;

/** A queue without a leader answers after minutes, or never. */
export function answered<T>(answer: Promise<T>): Promise<T> {
  const tooLate = () => new Error(`RabbitMQ did not answer within ${ANSWER_MS} ms`);
  return withTimeout(answer, ANSWER_MS, tooLate);
}
