import type { Logger } from 'pino';
import type { DeadLetterAlarm } from '../common/dead-letter-alarm.ts';
import type { NatsSettings } from './config.ts';
import type { NatsConnector } from './connection.ts';
import type { NatsPublisher } from './publisher.ts';
import type { NatsStreams } from './streams.ts';

/** What the modules of the NATS broker share. */
export interface NatsContext {
  settings: NatsSettings;
  connector: NatsConnector;
  streams: NatsStreams;
  publisher: NatsPublisher;
  deadLetterAlarm: DeadLetterAlarm;
  logger: Logger;
}

export function streamOf({ settings }: NatsContext, topic: string): string {
  const stream = settings.streams[topic];
  if (!stream) throw new Error(`no stream is configured for the topic ${topic}`);
  return stream;
}
