import { setTimeout as sleep } from 'node:timers/promises';
import { type Msg, type MsgHdrs, RequestStrategy } from 'nats';
import { BrokerUnavailableError, type History } from '../broker.ts';
import type { SequencedMessage } from '../message.ts';
import { decodeMessage } from './codec.ts';
import type { Connection } from './connection.ts';
import type { NatsContext } from './context.ts';

/** A message in a stream, with the headers that `SequencedMessage` leaves out. */
export interface StoredMessage {
  headers: MsgHdrs;
  message: SequencedMessage;
}

export async function readHistory(context: NatsContext, stream: string): Promise<History> {
  const { epoch, first, last } = await unavailable(context.streams.state(context.connector.get(), stream));
  return { start: epoch + Math.max(0, first - 1), end: epoch + last };
}

/** The next messages of a stream after a position, without a consumer. */
export async function readStream(
  context: NatsContext,
  stream: string,
  after: number,
  limit: number,
): Promise<StoredMessage[]> {
  if (limit < 1) return [];
  const connection = context.connector.get();
  for (let attempt = 1; ; attempt++) {
    const { epoch, first, last } = await unavailable(context.streams.state(connection, stream));
    const from = Math.max(after - epoch, first - 1, 0);
    if (from >= last) return [];
    const found = await unavailable(directGet(connection, stream, from + 1, limit));
    const page = found.map((msg) => stored(msg, epoch));
    // Between the two requests the stream may have been recreated; its sequences would then mean other
    // messages.
    const now = await unavailable(context.streams.state(connection, stream));
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

function stored(msg: Msg, epoch: number): StoredMessage {
  const headers = msg.headers as MsgHdrs; // a direct get always has some
  const seq = epoch + Number(headers.get('Nats-Sequence'));
  return { headers, message: { ...decodeMessage(headers, msg.data, String(seq)), seq } };
}

/** ADR-31's batched get. The client has no method for it. */
async function directGet({ nc }: Connection, stream: string, seq: number, batch: number): Promise<Msg[]> {
  const request = JSON.stringify({ seq, batch, next_by_subj: '>' });
  const answers = await nc.requestMany(`$JS.API.DIRECT.GET.${stream}`, request, {
    strategy: RequestStrategy.SentinelMsg,
    maxWait: 5000,
  });
  const messages: Msg[] = [];
  for await (const msg of answers) {
    const code = msg.headers?.code ?? 0;
    if (code === 204 || code === 404) return messages;
    if (code !== 0) throw new BrokerUnavailableError(`${code} ${msg.headers?.description}`);
    messages.push(msg);
    if (messages.length === batch) return messages;
  }
  throw new BrokerUnavailableError('NATS did not answer in time');
}

async function unavailable<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (err) {
    if (err instanceof BrokerUnavailableError) throw err;
    throw new BrokerUnavailableError((err as Error).message, { cause: err });
  }
}
