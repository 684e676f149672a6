import { retryForever } from '../../async/retry.ts';
import { sleep } from '../../async/sleep.ts';
import type { Logger } from '../../process/logger.ts';
import type { Subscription } from '../capabilities.ts';
import type { HandlerOptions, Middleware, Policy } from './handler.ts';
import { HandlerRunner } from './handler-runner.ts';
import { timeout } from './middleware/timeout.ts';

/**
 * Takes messages from consumers, gives each to a handler, publishes what the handler returns, and settles it.
 *
 * Promised: a message is acked after its handler has resolved and the returned messages are stored, so each
 * is handled at least once. Of the messages of one key a process handles one at a time, in the order in which
 * the broker first delivered them; when one fails, those behind it wait until it is handled or a dead letter.
 * Messages with other keys, or without one, go on meanwhile: a retry is the broker's delayed nack.
 *
 * Not promised: an order between processes of one group, where the broker gives them messages of the same
 * key, or between a process that ends and the next, which gets what was given back in the broker's order. A
 * failed message that comes back elsewhere no longer holds up its key here, after 2 s. A handler that goes on
 * although its signal has aborted may still be running when its message is delivered again. The broker
 * delivers no more while as many messages as it allows are unsettled; those that wait for their retry, or for
 * the retry of one before them, count.
 */
export interface Router {
  /** Before `start`. Returns the router. */
  add(handler: HandlerOptions): Router;
  /**
   * Resolves once all handlers have subscribed; a subscription that cannot start is retried and logged.
   * Rejects when two handlers have the same name.
   */
  start(): Promise<void>;
  /**
   * Takes no more, nacks messages that are not being handled yet, and waits for the others, at most
   * `closeTimeoutMs`. Consumers and publishers stay open: they are closed after the router. May be called
   * twice.
   */
  close(): Promise<void>;
}

export interface RouterOptions {
  logger: Logger;
  /** For all handlers, outside their own. */
  use?: readonly Middleware[];
  /** For all handlers. */
  policy?: Policy;
  /** Pause before a subscription that could not start is tried again. Default 2000. */
  retryMs?: number;
  /** Default 30 s. */
  closeTimeoutMs?: number;
}

const POLICY = {
  maxAttempts: 10,
  backoff: { firstMs: 200, longestMs: 60_000 },
  concurrency: 10,
  maxBatch: 100,
};

export function createRouter(options: RouterOptions): Router {
  const { logger, use = [], retryMs = 2000, closeTimeoutMs = 30_000 } = options;
  const handlers: HandlerOptions[] = [];
  const runners: HandlerRunner[] = [];
  const subscriptions: Subscription[] = [];
  const closing = new AbortController();
  let started: Promise<void> | undefined;
  let closed: Promise<void> | undefined;

  const start = async () => {
    const names = handlers.map(({ name }) => name);
    const double = names.find((name, i) => names.indexOf(name) !== i);
    if (double !== undefined) throw new Error(`two handlers have the name ${double}, which is their group's`);
    await Promise.all(handlers.map(subscribe));
  };

  const subscribe = async (handler: HandlerOptions) => {
    const policy = { ...POLICY, ...options.policy, ...handler.policy };
    const limit = policy.timeoutMs === undefined ? [] : [timeout(policy.timeoutMs)];
    const wrappers = [...use, ...(handler.use ?? []), ...limit];
    const handle = wrappers.reduceRight((next, wrap) => wrap(next, handler), handler.handle);
    const runner = new HandlerRunner(handler, handle, { policy, logger });
    runners.push(runner);
    const { consumer, ...from } = handler.from;
    const topics = 'topics' in from ? from.topics : [from.topic];
    const { maxBatch, concurrency } = policy;
    const batches = { maxBatch, maxConcurrentBatches: concurrency, eager: true };
    const attempt = async () => {
      const subscription = await consumer.consume(topics, handler.name, runner.handleBatch, batches);
      // It may have taken until after `close`, which did not wait for it.
      if (closing.signal.aborted) await subscription.close();
      else subscriptions.push(subscription);
    };
    const retrying = { what: `subscribe the handler ${handler.name}`, logger, delayMs: retryMs };
    await retryForever(attempt, { ...retrying, signal: closing.signal }).catch((error: unknown) => {
      if (!closing.signal.aborted) throw error;
    });
  };

  const close = async () => {
    closing.abort(new Error('the router is closed'));
    const all = Promise.all(subscriptions.map((subscription) => subscription.close())).then(() => true);
    for (const runner of runners) runner.stop();
    const handling = () => Object.fromEntries(runners.map((runner) => [runner.name, runner.handling]));
    logger.info(
      { handling: handling(), closeTimeoutMs },
      'the router is closing: waits for what is being handled',
    );
    const over = new AbortController();
    const ended = await Promise.race([all, sleep(closeTimeoutMs, over.signal).then(() => false)]);
    over.abort();
    if (!ended)
      logger.error(
        { handling: handling() },
        'these handlers did not end in time: their messages are redelivered',
      );
  };

  const router: Router = {
    add(handler) {
      if (started) throw new Error(`the handler ${handler.name} is added after the start of the router`);
      handlers.push(handler);
      return router;
    },
    start: () => (started ??= start()),
    close: () => (closed ??= close()),
  };
  return router;
}
