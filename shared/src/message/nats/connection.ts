import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type JetStreamManager, type NatsConnection } from 'nats';
import type { Logger } from 'pino';
import { BrokerUnavailableError } from '../broker.ts';

/** One connection, from its handshake to its end. */
export interface Era {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
  /** Aborted when the connection ends. */
  readonly lost: AbortSignal;
}

/**
 * Keeps connected: a new connection for each one that ends, for ever. The client's own reconnecting is not used, because it
 * sends what it buffered while away and keeps subscriptions whose pull requests and consumers the server has forgotten.
 */
export class NatsLink {
  readonly #options: { address: string; retryMs: number; pingIntervalMs: number };
  readonly #logger: Logger;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #next = Promise.withResolvers<Era>();
  #current: Era | undefined;
  #trouble = 'not connected yet';

  constructor(options: { address: string; retryMs: number; pingIntervalMs: number }, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    this.#next.promise.catch(() => {}); // told to whoever waits, of whom there may be none
    this.#running = this.#run();
  }

  /** The connection if there is one at this moment. */
  get current(): Era | undefined {
    return this.#current;
  }

  /** The connection if there is one at this moment; else throws `BrokerUnavailableError` with what is wrong. */
  get now(): Era {
    if (this.#current) return this.#current;
    throw new BrokerUnavailableError(`NATS at ${this.#options.address}: ${this.#trouble}`);
  }

  /** The connection, waited for. Rejects with `BrokerUnavailableError` when the link is closed. */
  async era(): Promise<Era> {
    return this.#current ?? this.#next.promise;
  }

  async close(): Promise<void> {
    this.#trouble = 'closed';
    this.#closing.abort();
    this.#next.reject(new BrokerUnavailableError('the broker is closed'));
    await this.#current?.nc.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { address, retryMs, pingIntervalMs } = this.#options;
    const closing = this.#closing.signal;
    while (!closing.aborted) {
      try {
        const nc = await connect({
          servers: address.split(','),
          name: 'meower',
          reconnect: false,
          timeout: 5000,
          pingInterval: pingIntervalMs,
          maxPingOut: 2,
          noAsyncTraces: true,
        });
        await this.#live(nc);
      } catch (err) {
        this.#trouble = (err as Error).message;
        this.#logger.warn({ err, address, retryMs }, 'NATS cannot be reached: trying again');
        await sleep(retryMs, undefined, { signal: closing }).catch(() => {});
      }
    }
  }

  /** Resolves when the connection has ended. */
  async #live(nc: NatsConnection): Promise<void> {
    const lost = new AbortController();
    const jsm = await nc.jetstreamManager({ checkAPI: false }).catch(async (err: unknown) => {
      await nc.close();
      throw err;
    });
    if (this.#closing.signal.aborted) return nc.close();
    this.#current = { nc, jsm, lost: lost.signal };
    this.#next.resolve(this.#current);
    this.#logger.info({ server: nc.getServer() }, 'connected to NATS');
    const cause = await nc.closed();

    this.#current = undefined;
    lost.abort();
    if (this.#closing.signal.aborted) return;
    this.#next = Promise.withResolvers();
    this.#next.promise.catch(() => {});
    this.#trouble = cause?.message ?? 'the connection ended';
    this.#logger.warn({ cause: this.#trouble }, 'the connection to NATS ended: connecting again');
  }
}
