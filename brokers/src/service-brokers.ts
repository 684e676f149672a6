import type { Routes } from '@meower/shared/http/express-app.ts';
import type { Connection, Consumer, Publisher } from '@meower/shared/message/capabilities.ts';
import { createHttpBroker } from '@meower/shared/message/http/http-broker.ts';
import type { ServiceContext } from '@meower/shared/service/start-services.ts';
import { type BrokerKind, type OpenBrokerOptions, openBroker } from './open-broker.ts';

/** What a service needs of a broker to publish and consume; with `routes` it receives messages over HTTP. */
export interface ServiceBroker extends Publisher, Consumer, Connection {
  readonly routes?: Routes;
}

export interface ServiceBrokersOptions extends Omit<OpenBrokerOptions, 'topics' | 'groups'> {
  topic: string;
  /** Of the services that consume the topic: their names. */
  groups: readonly string[];
  /** Of `http`: base URLs. Default: the services of these groups that have been started before. */
  subscribers: readonly string[] | undefined;
}

export interface ServiceBrokers {
  of(context: ServiceContext): ServiceBroker;
  close(): Promise<void>;
}

/** A broker for services: one for all of them, or, with `http`, one for each, because each has a webhook. */
export async function openServiceBrokers(
  kind: BrokerKind | 'http',
  { topic, groups, subscribers, ...options }: ServiceBrokersOptions,
): Promise<ServiceBrokers> {
  if (kind === 'http') {
    const common = { topic, path: '/events', source: topic };
    return {
      of: ({ urls, logger }) =>
        createHttpBroker({
          ...common,
          subscribers: subscribers ?? groups.flatMap((group) => urls[group] ?? []),
          logger,
        }),
      close: async () => {},
    };
  }
  const topics = [topic];
  const topicsOfGroups = Object.fromEntries(groups.map((group) => [group, topics]));
  const broker = await openBroker(kind, { ...options, topics, groups: topicsOfGroups });
  return { of: () => broker, close: () => broker.close() };
}
