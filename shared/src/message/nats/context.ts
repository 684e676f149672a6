import type { Logger } from 'pino';
import type { NatsSettings } from './config.ts';
import type { NatsLink } from './connection.ts';
import type { NatsPublisher } from './publisher.ts';
import type { NatsStreams } from './streams.ts';

/** What the parts of the NATS broker share. */
export interface NatsContext {
  settings: NatsSettings;
  link: NatsLink;
  streams: NatsStreams;
  publisher: NatsPublisher;
  logger: Logger;
}

export function streamOf({ settings }: NatsContext, topic: string): string {
  const stream = settings.streams[topic];
  if (!stream) throw new Error(`no stream is configured for the topic ${topic}`);
  return stream;
}
