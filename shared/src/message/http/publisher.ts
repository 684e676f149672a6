import { bulkhead } from 'cockatiel';
import { BrokerUnavailableError, type Message, type Publisher, RefusedError } from '../capabilities.ts';
import { retryAfterMs } from './retry-after.ts';

export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface HttpPublisherOptions {
  /** Makes the request that publishes a message (`marshalCloudEvent` for CloudEvents). */
  marshal(message: Message, topic: string): HttpRequest;
  /** For each request, with its answer. Default 10 s. */
  timeoutMs?: number;
  /** Most requests at the same time; further ones wait. Default 100. */
  maxInFlight?: number;
}

/**
 * Publishes each message as a request. After a 2xx it is stored. After a 408, a 429, a 5xx, a redirect (which
 * is not followed), or without an answer in time, `publish` rejects with `BrokerUnavailableError` and the
 * `Retry-After` of the answer as its `retryAfterMs`; after another 4xx with `RefusedError` and the beginning
 * of the answer.
 *
 * Messages of one call with the same key are sent one after the other, others at the same time. There is no
 * dedupe window: the receiver has to recognise an id that it knows. There is no log, there are no groups.
 */
export function createHttpPublisher({
  marshal,
  timeoutMs = 10_000,
  maxInFlight = 100,
}: HttpPublisherOptions): Publisher {
  const inFlight = bulkhead(maxInFlight, Number.POSITIVE_INFINITY);

  const sendInOrder = async (topic: string, messages: readonly Message[]) => {
    for (const message of messages) {
      await inFlight.execute(() => send(toRequest(marshal(message, topic)), timeoutMs));
    }
  };

  return {
    async publish(topic, messages) {
      const byKey = Map.groupBy(messages, (message) => message.key ?? message);
      const sent = await Promise.allSettled([...byKey.values()].map((each) => sendInOrder(topic, each)));
      const errors = sent.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      // While one is unavailable, all are published again, and what was refused is refused again.
      if (errors.length > 0)
        throw errors.find((error) => error instanceof BrokerUnavailableError) ?? errors[0];
    },
  };
}

function toRequest({ url, body, ...request }: HttpRequest): Request {
  try {
    return new Request(url, { ...request, body: Buffer.from(body), redirect: 'manual' });
  } catch (cause) {
    throw new RefusedError(`the message makes no request: ${(cause as Error).message}`, { cause });
  }
}

async function send(request: Request, timeoutMs: number): Promise<void> {
  const { origin, pathname } = new URL(request.url);
  const what = `${request.method} ${origin}${pathname}`;
  let response: Response;
  let answer: string;
  try {
    response = await fetch(request, { signal: AbortSignal.timeout(timeoutMs) });
    answer = await beginning(response);
  } catch (cause) {
    throw new BrokerUnavailableError(`${what} was not answered`, { cause });
  }
  if (response.ok) return;
  const sentence = `${what} was answered with ${response.status}: ${answer.slice(0, 500)}`;
  const { status } = response;
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) throw new RefusedError(sentence);
  throw new BrokerUnavailableError(sentence, { retryAfterMs: retryAfterMs(response.headers) });
}

const MOST_READ_BYTES = 64 * 1024;

/** Read also when it is of no interest: an answer that is left unread costs the connection. */
async function beginning({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_READ_BYTES) break;
  }
  return Buffer.concat(chunks).toString();
}
