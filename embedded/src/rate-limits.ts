import type { IncomingMessage } from 'node:http';
import { HttpError } from '@meower/shared/http/errors.ts';
import { refuse, type UpgradeHandler } from '@meower/shared/http/server.ts';
import type { RequestHandler, Response } from 'express';
import { ipKeyGenerator, MemoryStore, rateLimit } from 'express-rate-limit';

/** How much one address may do. In compose nginx limits the same (nginx/limits.conf.template). */
export interface RateLimits {
  /** A minute. */
  posts: number;
  /** Challenges, and posts with a proof of work, which are not among the others. */
  proofs: number;
  reports: number;
  searches: number;
  handshakes: number;
  reads: number;
  /** In progress. */
  requests: number;
  /** Open. */
  sockets: number;
}

const WINDOW_MS = 60_000;
/**
 * How long a refusal waits, on average. A client that sends its next request after it would otherwise keep the event loop
 * busy with nothing but refusals, and users waiting: `inProgress` bounds how many wait.
 */
const REFUSAL_DELAY_MS = 1000;
const TOO_MANY = 'Too many requests, try again';
const TOO_MANY_POSTS =
  'Too many posts from this address: wait, or send a proof of work (docs/interface.md explains GET /challenge)';

/**
 * Answers 429 with `Retry-After` to an address that does too much. With `acceptsProofs`, the service checks the
 * proof of every post that has one.
 */
export function limitRequests(
  limits: RateLimits,
  acceptsProofs: boolean,
  refusalDelayMs = REFUSAL_DELAY_MS,
): RequestHandler {
  const perMinute = (limit: number, message?: string) => limitPerMinute(limit, refusalDelayMs, message);
  const post = perMinute(limits.posts, acceptsProofs ? TOO_MANY_POSTS : TOO_MANY);
  const [proof, report] = [perMinute(limits.proofs), perMinute(limits.reports)];
  const [search, read] = [perMinute(limits.searches), perMinute(limits.reads)];
  const inProgress = createCounter(limits.requests);
  return (req, res, next) => {
    const release = inProgress(clientOf(req));
    if (!release) throw refusal(res);
    res.on('close', release);
    if (req.method === 'OPTIONS') next();
    else if (req.path === '/search') search(req, res, next);
    else if (req.path === '/challenge') proof(req, res, next);
    else if (req.method === 'POST' && /\/reports\/?$/i.test(req.path)) report(req, res, next);
    else if (req.method === 'POST' && acceptsProofs && req.headers.altcha) proof(req, res, next);
    else if (req.method === 'POST') post(req, res, next);
    else if (/^\/(meows|m\/|feed\.atom)/.test(req.path)) read(req, res, next);
    else next();
  };
}

function limitPerMinute(limit: number, refusalDelayMs: number, message = TOO_MANY): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit,
    keyGenerator: clientOf,
    standardHeaders: false,
    legacyHeaders: false,
    handler: (_req, res, next) => {
      // Not all of a flood in the same moment.
      const delayMs = refusalDelayMs * (0.5 + Math.random());
      const timer = setTimeout(() => next(refusal(res, message)), delayMs);
      res.on('close', () => clearTimeout(timer));
    },
  });
}

function refusal(res: Response, message = TOO_MANY): HttpError {
  res.setHeader('retry-after', '5');
  return new HttpError(429, message);
}

/** Refuses WebSockets of an address that opens too many. */
export function limitUpgrades({ handshakes, sockets }: RateLimits, open: UpgradeHandler): UpgradeHandler {
  const store = new MemoryStore();
  // The store reads no other option.
  store.init({ windowMs: WINDOW_MS } as Parameters<MemoryStore['init']>[0]);
  const inUse = createCounter(sockets);
  return async (req, socket, head) => {
    const client = clientOf(req);
    const onError = () => socket.destroy();
    socket.on('error', onError);
    const { totalHits } = await store.increment(client);
    const release = totalHits <= handshakes ? inUse(client) : undefined;
    if (!release) return refuse(socket, 429, TOO_MANY, 'Retry-After: 5');
    socket.on('close', release);
    socket.off('error', onError);
    open(req, socket, head);
  };
}

/** Its address; of IPv6 the network of 64 bits, in which a client can take any number of addresses. */
function clientOf(req: IncomingMessage): string {
  return ipKeyGenerator(req.socket.remoteAddress ?? '', 64);
}

/**
 * Counts what each client has in progress: returns how to end one, or `undefined` when there are `max`
 * already.
 */
function createCounter(max: number): (client: string) => (() => void) | undefined {
  const counts = new Map<string, number>();
  return (client) => {
    const count = counts.get(client) ?? 0;
    if (count >= max) return undefined;
    counts.set(client, count + 1);
    return () => {
      const left = (counts.get(client) ?? 1) - 1;
      if (left === 0) counts.delete(client);
      else counts.set(client, left);
    };
  };
}
