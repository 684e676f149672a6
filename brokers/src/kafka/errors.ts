import { BrokerUnavailableError, RefusedError } from '@meower/shared/message/capabilities.ts';
import { findErrorBy } from '@platformatic/kafka';

/** Errors that further attempts cannot avoid. */
const REFUSALS = [
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_RECORD',
  'TOPIC_AUTHORIZATION_FAILED',
];

/** The result, or a rejection with the errors that the capabilities promise. */
export async function translated<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (cause) {
    if (REFUSALS.some((refusal) => isProtocolError(cause, refusal)))
      throw new RefusedError('Kafka refuses the message', { cause });
    throw new BrokerUnavailableError('Kafka did not confirm', { cause });
  }
}

/** Whether the server has answered with this error, also as one of several. */
export function isProtocolError(error: unknown, apiId: string): boolean {
  return error instanceof Error && findErrorBy(error, 'apiId', apiId) !== null;
}
