import { once } from 'node:events';
import { runInBackground } from '@meower/shared/async/background-task.ts';
import type { Closable } from '@meower/shared/async/closable.ts';
import { retryForever } from '@meower/shared/async/retry.ts';
import type { Logger } from '@meower/shared/process/logger.ts';
import { WebSocket } from 'ws';
import { getRequest, postMeow } from '../load/http-requests.ts';
import { sampleMeows, VOCABULARY } from '../load/sample-meows.ts';
import { sendRequests } from '../load/send-requests.ts';
import type { LoadConfig } from './config.ts';

/** Requests are sent in rounds of this length, each with a line in the log. */
const ROUND_S = 10;
/** Requests of one kind that may wait for their answer: a slow server is not buried. */
const MAX_CONNECTIONS = 20;
const PER_CONNECTION = 20;
const TEXTS = 10_000;
/** A socket that receives nothing for so long is dead: heartbeats come more often. */
const SILENCE_MS = 45_000;
/** All sockets connect again within the burst of handshakes that one address may make. */
const RECONNECT_MS = 5000;

/** Cats that post, read, search and listen, steadily, until it is closed. Waits for a server that is unavailable. */
export function startStandingLoad(config: LoadConfig, logger: Logger): Closable {
  const posts = [...sampleMeows(TEXTS)].map(({ body }) => postMeow(body));
  const searches = VOCABULARY.map((word) => getRequest(`/search?query=${word}`));
  return runInBackground(async (signal) => {
    await Promise.all([
      repeat('post', posts, config.posts, { config, logger, signal }),
      repeat('read', [getRequest('/meows?take=20')], config.reads, { config, logger, signal }),
      repeat('search', searches, config.searches, { config, logger, signal }),
      ...Array.from({ length: config.sockets }, () => listen(config.url, logger, signal)),
    ]);
  });
}

interface RepeatOptions {
  config: LoadConfig;
  logger: Logger;
  signal: AbortSignal;
}

async function repeat(
  kind: string,
  requests: readonly string[],
  perSecond: number,
  { config, logger, signal }: RepeatOptions,
): Promise<void> {
  if (perSecond === 0) return;
  const connections = Math.min(MAX_CONNECTIONS, Math.ceil(perSecond / PER_CONNECTION));
  const job = {
    host: config.url.hostname,
    port: Number(config.url.port || 80),
    ...{ connections, perSecond, seconds: ROUND_S, status: 200 },
  };
  for (let sent = 0; ; sent += Math.ceil(perSecond * ROUND_S)) {
    const from = sent % requests.length;
    const turned = [...requests.slice(from), ...requests.slice(0, from)];
    const round = () => sendRequests({ ...job, requests: turned });
    const { errors, ...measured } = await retryForever(round, { what: kind, logger, signal });
    if (errors) logger.warn({ kind, errors, ...measured }, 'load: answers with another status than 200');
    else logger.info({ kind, ...measured }, 'load');
  }
}

/** Keeps a socket open. */
async function listen(url: URL, logger: Logger, signal: AbortSignal): Promise<void> {
  const address = Object.assign(new URL('/pusher', url), { protocol: 'ws:' });
  const stay = async () => {
    const socket = new WebSocket(address);
    const onAbort = () => socket.terminate();
    signal.addEventListener('abort', onAbort);
    const silence = setTimeout(() => socket.terminate(), SILENCE_MS);
    socket.on('message', () => silence.refresh());
    try {
      await once(socket, 'close', { signal });
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', onAbort);
    }
    throw new Error('the socket was closed');
  };
  await retryForever(stay, { what: 'listen', logger, signal, delayMs: RECONNECT_MS });
}
