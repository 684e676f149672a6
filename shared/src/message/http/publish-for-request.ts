import { abortable } from '../../async/abortable.ts';
import { HttpError } from '../../http/errors.ts';
import type { Message, Publisher } from '../capabilities.ts';

/**
 * For a webhook that answers 2xx only when its messages are stored: publishes them within `timeoutMs`, or
 * throws `HttpError` 503, so that the sender delivers them again later.
 */
export async function publishForRequest(
  publisher: Publisher,
  topic: string,
  messages: readonly Message[],
  timeoutMs: number,
): Promise<void> {
  try {
    await abortable(publisher.publish(topic, messages), AbortSignal.timeout(timeoutMs));
  } catch (cause) {
    throw new HttpError(503, 'The log does not answer: deliver it again later', { cause });
  }
}
