import pino, { type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/** JSON lines on standard output (or `destination`), each with the service's name and an RFC 3339 time. */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
  return pino(
    { level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime },
    destination ?? pino.destination(1),
  );
}
