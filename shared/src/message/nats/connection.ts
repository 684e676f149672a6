import { connect, createInbox, Events, type JetStreamManager, type NatsConnection } from 'nats';
import type { Logger } from 'pino';
import { sleep } from '../../async/sleep.ts';
import { errorMessage } from '../../process/error-details.ts';
import { BrokerUnavailableError } from '../capabilities.ts';
import { RestartDelay } from '../common/restart-delay.ts';

/** One connection, from its handshake to its end. */
export interface JetStreamConnection {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
  /** A new subject for responses, which this user alone may subscribe to. */
  newInbox(): string;
  /** Aborted when the connection has ended. */
  readonly lost: AbortSignal;
}

interface ConnectorOptions {
  address: string;
  user: string;
  password: string;
  readPassword?: (() => string) | undefined;
  longestRetryMs: number;
  pingIntervalMs: number;
}

/**
 * Stays connected: opens a new connection after each one that ends, until it is closed. The client's own
 * reconnecting is not used, because it sends what it buffered while disconnected and keeps subscriptions
 * whose pull requests and consumers the server has forgotten.
 */
export class NatsConnector {
  readonly #options: ConnectorOptions;
  readonly #logger: Logger;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #next = unhandledIsFine(Promise.withResolvers<JetStreamConnection>());
  #current: JetStreamConnection | undefined;
  #problem = 'not connected yet';

  constructor(options: ConnectorOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    this.#running = this.#run();
  }

  /** The open connection, if there is one. */
  get current(): JetStreamConnection | undefined {
    return this.#current;
  }

  /** The open connection. Throws `BrokerUnavailableError` with the problem when there is none. */
  get(): JetStreamConnection {
    if (this.#current) return this.#current;
    throw new BrokerUnavailableError(`NATS at ${this.#options.address}: ${this.#problem}`);
  }

  /** Waits for a connection. Rejects with `BrokerUnavailableError` when the connector is closed. */
  async connected(): Promise<JetStreamConnection> {
    return this.#current ?? this.#next.promise;
  }

  async close(): Promise<void> {
    this.#problem = 'closed';
    this.#closing.abort();
    this.#next.reject(new BrokerUnavailableError('the broker is closed'));
    await this.#current?.nc.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const delay = new RestartDelay(this.#options.longestRetryMs);
    const closing = this.#closing.signal;
    while (!closing.aborted) {
      let ranMs = 0;
      try {
        const connection = await this.#connect();
        const connectedAtMs = performance.now();
        this.#problem = await this.#use(connection);
        ranMs = performance.now() - connectedAtMs;
      } catch (err) {
        this.#problem = (err as Error).message;
      }
      if (closing.aborted) return;
      const { address } = this.#options;
      const retryInMs = delay.after(ranMs);
      this.#logger.warn({ address, cause: this.#problem, retryInMs }, 'not connected to NATS: trying again');
      await sleep(retryInMs, closing);
    }
  }

  async #connect(): Promise<Omit<JetStreamConnection, 'lost'>> {
    const { user, password, readPassword, address } = this.#options;
    const inboxPrefix = user ? `_INBOX_${user}` : '_INBOX';
    const servers = address.split(',');
    const nc = await connect({
      servers,
      ...(user && { user, pass: readPassword?.() ?? password }),
      inboxPrefix,
      name: 'meower',
      reconnect: false,
      // Where there is another server, one that hangs is given up sooner.
      timeout: servers.length > 1 ? 2000 : 5000,
      pingInterval: this.#options.pingIntervalMs,
      maxPingOut: 2,
      noAsyncTraces: true,
    });
    // Sends nothing, so it cannot fail.
    const jsm = await nc.jetstreamManager({ checkAPI: false });
    return { nc, jsm, newInbox: () => createInbox(inboxPrefix) };
  }

  /** Resolves to the cause when the connection has ended. */
  async #use(connection: Omit<JetStreamConnection, 'lost'>): Promise<string> {
    const { nc } = connection;
    if (this.#closing.signal.aborted) {
      await nc.close();
      return this.#problem;
    }
    const lost = new AbortController();
    this.#current = { ...connection, lost: lost.signal };
    this.#next.resolve(this.#current);
    this.#logger.info({ server: nc.getServer() }, 'connected to NATS');
    void this.#logRefusals(nc);
    const cause = await nc.closed();
    this.#current = undefined;
    if (!this.#closing.signal.aborted) this.#next = unhandledIsFine(Promise.withResolvers());
    lost.abort();
    return cause?.message ?? 'the connection ended';
  }

  /** Without a permission, most requests get no response, and only time out. */
  async #logRefusals(nc: NatsConnection): Promise<void> {
    for await (const { type, permissionContext } of nc.status()) {
      if (type === Events.Error && permissionContext)
        this.#logger.warn({ refused: permissionContext }, 'NATS: the user lacks a permission');
    }
  }
}

/** Its rejection is for those that wait for it, and there may be none. */
function unhandledIsFine<T>(resolvers: PromiseWithResolvers<T>): PromiseWithResolvers<T> {
  resolvers.promise.catch(() => {});
  return resolvers;
}

/**
 * A request that may be made again; the first answer counts. A cluster that has lost a leader answers nothing
 * until it has elected the next one, which does not get what was asked before.
 */
export async function askRepeatedly<T>(
  { jsm }: Pick<JetStreamConnection, 'jsm'>,
  request: (jsm: JetStreamManager) => Promise<T>,
  everyMs: number,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  // The first one that the client gives up ends them all.
  const ask = () => void request(jsm).then(resolve, reject);
  ask();
  const timer = setInterval(ask, everyMs);
  return promise.finally(() => clearInterval(timer));
}

/** Rejects with `BrokerUnavailableError` when the client does with an error of its own. */
export async function translateErrors<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (cause) {
    if (cause instanceof BrokerUnavailableError) throw cause;
    throw new BrokerUnavailableError(errorMessage(cause), { cause });
  }
}
