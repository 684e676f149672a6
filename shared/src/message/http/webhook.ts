import type { IncomingHttpHeaders } from 'node:http';
import express, { type Request, type Response } from 'express';
import { defineRoutes } from '../../http/define-routes.ts';
import { HttpError } from '../../http/errors.ts';
import type { Routes } from '../../http/express-app.ts';
import { traceHeadersOf } from '../../http/trace-headers.ts';
import type { Logger } from '../../process/logger.ts';
import { type Consumer, type Message, RefusedError, type StoredMessage } from '../capabilities.ts';
import { CONSUME_DEFAULTS } from '../common/defaults.ts';
import { MemberQueue } from '../common/member-queue.ts';
import { OpenDelivery } from '../common/open-delivery.ts';

export interface WebhookRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

export interface WebhookOptions {
  path: string;
  /** The topic of its messages. */
  topic: string;
  /**
   * The messages of a request (`unmarshalCloudEvent` for CloudEvents). Throws `RefusedError` with the
   * sentence for a 400, or an `HttpError`, such as a 401 for a wrong signature.
   */
  unmarshal(request: WebhookRequest): readonly Message[];
  logger: Logger;
  /** Largest body, uncompressed. Default 1 MiB. */
  maxBytes?: number;
  /**
   * Most requests that are read or handled at the same time; further ones are answered with 503. Default 100.
   */
  maxRequests?: number;
  /** A handler that runs longer loses its batch, and the requests are answered with 503. Default 10 s. */
  handlerTimeoutMs?: number;
}

export interface Webhook {
  readonly consumer: Consumer;
  /** To be mounted in any service (see `createApp`). */
  readonly routes: Routes;
}

/**
 * Consumes what others POST. A request is answered when all its messages are settled: 204 when all are acked,
 * which is after the handler has stored what it makes of them; 503 with `Retry-After` when one is nacked, and
 * the sender sends all of them again; 422 with the reason when one is rejected. Also 503: without a consumer,
 * above `maxRequests`, and when the handler takes too long.
 *
 * HTTP has no log: while there is no consumer nothing is kept here, and nothing can be read again. It has no
 * groups: there is one consumer. It does not count attempts (`attempt` is 1), has no dead letters (the sender
 * keeps what was rejected), no dedupe window, and no order between requests, unless the sender awaits each
 * answer.
 */
export function createWebhook(options: WebhookOptions): Webhook {
  const { path, topic, unmarshal, logger } = options;
  const { maxBytes = 1024 ** 2, maxRequests = 100, handlerTimeoutMs = 10_000 } = options;
  const readBody = bodyReader(maxBytes);
  let member: MemberQueue<Pending> | undefined;
  let requests = 0;
  let position = 0;

  const receive = async (req: Request, res: Response): Promise<void> => {
    const joined = member;
    if (!joined || requests >= maxRequests) return askAgain(res, 1000);
    requests++;
    try {
      const body = await readBody(req, res);
      const messages = asHttpError(() => unmarshal({ headers: req.headers, body }));
      const carried = traceHeadersOf(req, res);
      const pending = messages.map(
        (message) =>
          new Pending({
            ...message,
            metadata: { ...carried, ...message.metadata },
            topic,
            position: String(++position),
            publishedAt: new Date(),
          }),
      );
      for (const one of pending) joined.add(one);
      answer(res, await Promise.all(pending.map(({ outcome }) => outcome)));
    } finally {
      requests--;
    }
  };

  return {
    consumer: {
      async consume(topics, _group, handler, consumeOptions) {
        if (topics.length !== 1 || topics[0] !== topic) {
          throw new Error(`the webhook ${path} has one topic, ${topic}`);
        }
        if (member) throw new Error(`the webhook ${path} has a consumer already: a request has one answer`);
        // Senders wait for their answers.
        const consume = { ...CONSUME_DEFAULTS, ...consumeOptions, eager: true };
        const joined = new MemberQueue<Pending>(handler, { consume, handlerTimeoutMs, logger });
        member = joined;
        return {
          async close() {
            if (member === joined) member = undefined;
            await joined.close();
          },
        };
      },
    },
    routes: defineRoutes({ [`POST ${path}`]: receive }),
  };
}

type Outcome =
  | { readonly kind: 'acked' }
  | { readonly kind: 'nacked'; readonly delayMs: number }
  | { readonly kind: 'rejected'; readonly reason: string };

/** A message whose request waits for the answer. */
class Pending {
  readonly delivery: OpenDelivery;
  readonly outcome: Promise<Outcome>;

  constructor(message: StoredMessage) {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.outcome = promise;
    this.delivery = new OpenDelivery(message, 1, {
      ack: () => resolve({ kind: 'acked' }),
      nack: (delayMs) => resolve({ kind: 'nacked', delayMs }),
      reject: async (reason) => {
        resolve({ kind: 'rejected', reason });
        return true;
      },
    });
  }
}

function bodyReader(limit: number): (req: Request, res: Response) => Promise<Uint8Array> {
  const parse = express.raw({ limit, type: () => true });
  return async (req, res) => {
    await new Promise<void>((resolve, reject) => {
      parse(req, res, (error: unknown) => (error ? reject(error) : resolve()));
    });
    return Buffer.isBuffer(req.body) ? req.body : new Uint8Array();
  };
}

function asHttpError<T>(unmarshal: () => T): T {
  try {
    return unmarshal();
  } catch (cause) {
    throw cause instanceof RefusedError ? new HttpError(400, cause.message, { cause }) : cause;
  }
}

function answer(res: Response, outcomes: readonly Outcome[]): void {
  const delaysMs = outcomes.flatMap((outcome) => (outcome.kind === 'nacked' ? [outcome.delayMs] : []));
  const rejected = outcomes.find(({ kind }) => kind === 'rejected');
  if (delaysMs.length > 0) askAgain(res, Math.max(...delaysMs));
  else if (rejected?.kind === 'rejected') throw new HttpError(422, rejected.reason);
  else res.status(204).end();
}

/** In whole seconds, as the header has them. */
function askAgain(res: Response, delayMs: number): void {
  res.setHeader('retry-after', Math.max(1, Math.ceil(delayMs / 1000)));
  res.status(503).json({ error: 'Not handled, send it again' });
}
