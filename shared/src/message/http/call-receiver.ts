import { RefusedError } from '../capabilities.ts';
import { UnavailableError } from '../router/failure.ts';
import { retryAfterMs } from './retry-after.ts';

const TIMEOUT_MS = 5000;
const LONGEST_DETAIL = 200;
/** It will not take this request later either. */
const REFUSALS = [400, 413, 422];

/**
 * A request of a handler to what it notifies. Rejects with `RefusedError` when the receiver refuses this
 * request, and with `UnavailableError` for everything else, such as 429 and its `Retry-After`, wrong
 * credentials or no answer within 5 s: the message waits.
 */
export async function callReceiver(
  receiver: string,
  url: URL,
  init: RequestInit & { signal: AbortSignal },
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, {
      ...init,
      signal: AbortSignal.any([init.signal, AbortSignal.timeout(TIMEOUT_MS)]),
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
