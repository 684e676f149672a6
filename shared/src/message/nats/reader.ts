import { type Msg, NatsError, RequestStrategy } from 'nats';
import { sleep } from '../../async/sleep.ts';
import { BrokerUnavailableError, type History, type SequencedMessage } from '../capabilities.ts';
import { decodeMessage, onlyGroupOf } from './codec.ts';
import { type JetStreamConnection, translateErrors } from './connection.ts';
import type { NatsContext } from './context.ts';
import { type Headers, headersOf } from './wire-headers.ts';

/** A message in a stream, with the headers that `SequencedMessage` leaves out. */
export interface Stored {
  headers: Headers;
  streamSeq: number;
  message: SequencedMessage;
}

export async function readHistory(context: NatsContext, stream: string): Promise<History> {
  const { epoch, first, last } = await context.streams.state(context.connector.get(), stream);
  return { start: epoch + Math.max(0, first - 1), end: epoch + last };
}

/** The next messages of some topics, without those that are for one group only. */
export async function readTopics(
  context: NatsContext,
  { stream, topics }: { stream: string; topics: readonly string[] },
  after: number,
  limit: number,
): Promise<SequencedMessage[]> {
  const messages: SequencedMessage[] = [];
  const subject = topics.length === 1 ? topics[0] : ALL;
  for await (const page of readPages(context, stream, after, limit, subject)) {
    for (const { message, headers } of page) {
      if (topics.includes(message.topic) && onlyGroupOf(headers) === undefined) messages.push(message);
    }
    if (messages.length >= limit) break;
  }
  return messages.slice(0, limit);
}

/** What a stream holds after a number, in pages of at most `size` messages. */
export async function* readPages(
  context: NatsContext,
  stream: string,
  after: number,
  size: number,
  subject = ALL,
): AsyncGenerator<Stored[]> {
  for (let from = after; ; ) {
    const page = await readStream(context, stream, from, size, subject);
    const last = page.at(-1);
    if (!last) return;
    yield page;
    from = last.message.seq;
  }
}

/** The number before the first message of a stream stored at `since` or later. */
export async function numberAt(context: NatsContext, stream: string, since: Date): Promise<number> {
  const connection = context.connector.get();
  const { epoch, first, last } = await context.streams.state(connection, stream);
  if (first > last) return epoch + last;
  // ADR-31: with a start time instead of a sequence.
  const request = JSON.stringify({ start_time: since.toISOString(), batch: 1, next_by_subj: ALL });
  const answer = await translateErrors(connection.nc.request(`$JS.API.DIRECT.GET.${stream}`, request));
  const code = answer.headers?.code ?? 0;
  if (code === 404) return epoch + last;
  if (code !== 0) throw new BrokerUnavailableError(`${code} ${answer.headers?.description}`);
  return epoch + Number(answer.headers?.get('Nats-Sequence')) - 1;
}

const ALL = '>';

/**
 * The next messages of a stream after a number, without a consumer. The server skips those of other subjects.
 */
export async function readStream(
  context: NatsContext,
  stream: string,
  after: number,
  limit: number,
  subject = ALL,
): Promise<Stored[]> {
  if (limit < 1) return [];
  const connection = context.connector.get();
  for (let attempt = 1; ; attempt++) {
    const { epoch, first, last } = await context.streams.state(connection, stream);
    const from = Math.max(after - epoch, first - 1, 0);
    if (from >= last) return [];
    const found = await translateErrors(
      directGet(connection, stream, { seq: from + 1, batch: limit, subject }),
    );
    const page = found.map((msg) => readStored(msg, epoch));
    // Between the two requests the stream may have been recreated; its sequences would then mean other
    // messages.
    const now = await context.streams.state(connection, stream);
    if (now.epoch !== epoch) continue;
    const complete = page.length === limit || (page.at(-1)?.message.seq ?? 0) >= epoch + last;
    if (complete || context.settings.replicas === 1 || attempt >= LAG_ATTEMPTS) return page;
    await sleep(LAG_PAUSE_MS);
  }
}

/**
 * Any replica answers a direct get, also one that lags behind the leader, which reported the last position. A
 * last message that was deleted looks the same, therefore the wait is short.
 */
const LAG_ATTEMPTS = 20;
const LAG_PAUSE_MS = 25;

/** Reads what the server sends of a stored message: the response to a direct get, or a copy of the message. */
export function readStored(msg: Msg, epoch: number): Stored {
  const headers = headersOf(msg);
  const streamSeq = Number(headers.get('Nats-Sequence'));
  const seq = epoch + streamSeq;
  // The server always adds these headers.
  const topic = headers.get('Nats-Subject') ?? '';
  const publishedAt = new Date(headers.get('Nats-Time-Stamp') ?? '');
  const at = { topic, position: String(seq), publishedAt, payload: msg.data };
  return { headers, streamSeq, message: { ...decodeMessage(headers, at), seq } };
}

/** ADR-31's batched get. The client has no method for it. */
async function directGet(
  { nc }: JetStreamConnection,
  stream: string,
  { seq, batch, subject }: { seq: number; batch: number; subject: string },
): Promise<Msg[]> {
  const request = JSON.stringify({ seq, batch, next_by_subj: subject });
  const answers = await nc.requestMany(`$JS.API.DIRECT.GET.${stream}`, request, {
    strategy: RequestStrategy.SentinelMsg,
    maxWait: 5000,
  });
  const messages: Msg[] = [];
  for await (const msg of answers) {
    const code = msg.data.length === 0 ? (msg.headers?.code ?? 0) : 0;
    if (code === 204 || code === 404) return messages;
    if (code !== 0) throw new BrokerUnavailableError(`${code} ${msg.headers?.description}`);
    messages.push(msg);
    if (messages.length === batch) return messages;
  }
  throw new BrokerUnavailableError('NATS did not answer in time');
}

/** Resolves to whether it was there. The server overwrites it on its disk. */
export async function removeMessage(
  context: NatsContext,
  stream: string,
  streamSeq: number,
): Promise<boolean> {
  const { jsm } = context.connector.get();
  const deleting = jsm.streams.deleteMessage(stream, streamSeq, true).catch((err: unknown) => {
    if (err instanceof NatsError && GONE.test(err.api_error?.description ?? '')) return false;
    throw err;
  });
  return translateErrors(deleting);
}

/** The server's descriptions of a message that is missing. Not all have a code of their own. */
const GONE = /^(no message found|deleted message|sequence \d+ not found|stream store EOF)$/;
