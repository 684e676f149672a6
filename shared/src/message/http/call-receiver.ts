import { RefusedError } from '../capabilities.ts';
import { UnavailableError } from '../router/failure.ts';
import { retryAfterMs } from './retry-after.ts';

const TIMEOUT_MS = 5000;
const LONGEST_DETAIL = 200;
/** It will not take this request later either. */
const REFUSALS = [400, 413, 422];

interface ReceiverRequest {
  /** Posted. Without it the request is a GET. */
  json?: object;
  signal: AbortSignal;
}

/**
 * A request of a handler to what it notifies, whose URL may hold user and password. Rejects with `RefusedError` when the receiver refuses this
 * request, and with `UnavailableError` for everything else, such as 429 and its `Retry-After`, wrong
 * credentials or no answer within 5 s: the message waits.
 */
export async function callReceiver(
  receiver: string,
  url: URL,
  { json, signal }: ReceiverRequest,
): Promise<Response> {
  const body = json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) };
  const { username, password } = url;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = username && { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  let response: Response;
  try {
    // Fetch takes no URL with credentials.
    response = await fetch(new URL(url.pathname + url.search, url.origin), {
      ...body,
      headers: { 'content-type': 'application/json', ...authorization },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
  } catch (cause) {
    throw new UnavailableError(`${receiver} cannot be reached`, { cause });
  }
  if (response.ok) return response;
  const { status, headers } = response;
  const detail = (await response.text()).slice(0, LONGEST_DETAIL);
  if (REFUSALS.includes(status)) throw new RefusedError(`${receiver} refuses it: ${detail}`);
  throw new UnavailableError(`${receiver} answers ${status}: ${detail}`, {
    retryAfterMs: retryAfterMs(headers),
  });
}
