import pino, { type DestinationStream, type Logger } from 'pino';
import { errorCode } from './error-details.ts';

export type { Logger } from 'pino';

/** Most characters of a message or a stack, causes included. */
const MAX_LENGTH = 4000;

/**
 * JSON lines on standard output (or `destination`), each with the service's name and an RFC 3339 time. Of an
 * error (`err`) they hold type, code, message and stack, cut to a bounded length: further properties can hold
 * the text of meows, or whole requests and responses. `mixin` adds fields to each line.
 */
export function createLogger(
  service: string,
  level: string,
  destination?: DestinationStream,
  mixin?: () => object,
): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: describeError },
      ...(mixin && { mixin }),
    },
    destination ?? pino.destination(1),
  );
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return cut(String(error));
  const { type, message, stack } = pino.stdSerializers.err(error);
  return { type, code: errorCode(error), message: cut(message), stack: cut(stack) };
}

function cut(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)} … (${text.length} characters)`;
}
