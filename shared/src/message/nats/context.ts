import type { Logger } from 'pino';
import type { WatchDeadLetter } from '../common/dead-letter-alarm.ts';
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
  watchDeadLetter: WatchDeadLetter;
  logger: Logger;
}

/** The one stream that holds these topics. Throws when there is none. */
export function streamOf({ settings }: Pick<NatsContext, 'settings'>, topics: readonly string[]): string {
  const all = Object.entries(settings.streams);
  const found = new Set<string>();
  for (const topic of topics) {
    const [stream] = all.find(([, subjects]) => subjects.includes(topic)) ?? [];
    if (!stream) throw new Error(`no stream is configured for the topic ${topic}`);
    found.add(stream);
  }
  const [stream, other] = found;
  if (!stream) throw new Error('no topic is given');
  if (other)
    throw new Error(`topics of different streams (${[...found].join(', ')}) have no common order: ${topics}`);
  return stream;
}
