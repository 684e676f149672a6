import { meowCreated, meowCreatedLate, meowDeleted } from '@meower/shared/event/meow-events.ts';
import {
  heartbeatFrame,
  meowAnnouncedFrame,
  meowCreatedFrame,
  meowDeletedFrame,
  refetchFrame,
} from '@meower/shared/meow/frame-schemas.ts';
import type { z } from 'zod';
import { createJsonSchemas } from './json-schemas.ts';

interface AsyncApiInfo {
  title: string;
  description: string;
  version: string;
  /** `host:port`. */
  host: string;
  /** Of `WS /pusher`. */
  parameters: z.ZodObject;
}

/** In the headers of every event: CloudEvents 1.0, and what the request that caused it brought. */
const EVENT_HEADERS = {
  type: 'object',
  required: ['ce-specversion', 'ce-type', 'ce-source', 'ce-id', 'ce-time'],
  properties: {
    'ce-specversion': { type: 'string', const: '1.0' },
    'ce-type': { type: 'string', description: 'The subject' },
    'ce-source': { type: 'string' },
    'ce-id': { type: 'string' },
    'ce-time': { type: 'string', format: 'date-time' },
    'ce-partitionkey': { type: 'string', description: 'The id of the meow: its events are in order' },
    'ce-dataversion': { type: 'string', description: '1 when absent' },
    'x-request-id': { type: 'string' },
    traceparent: { type: 'string' },
    tracestate: { type: 'string' },
    'x-republished': { type: 'string', description: 'The event was published before' },
  },
};

/** The AsyncAPI document of the WebSocket and the events. */
export function asyncApiDocument({ host, parameters, ...info }: AsyncApiInfo) {
  const schemas = createJsonSchemas('draft-7');
  const frames = { meowCreatedFrame, refetchFrame, meowDeletedFrame, heartbeatFrame, meowAnnouncedFrame };
  const events = { meowCreated, meowDeleted, meowCreatedLate };

  const frameMessages = Object.entries(frames).map(([name, frame]) => {
    const { description: summary, ...payload } = schemas.of(frame);
    return [name, { name, summary, contentType: 'application/json', payload }];
  });
  const eventMessages = Object.entries(events).map(([id, { name, schema }]) => [
    id,
    { name, contentType: 'application/json', headers: EVENT_HEADERS, payload: schemas.of(schema) },
  ]);
  const messageRefs = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }]));
  const frameNames = Object.keys(frames);

  return {
    asyncapi: '3.0.0',
    info: { ...info, license: { name: 'MIT' } },
    defaultContentType: 'application/json',
    servers: {
      public: { host, protocol: 'ws', description: 'With HTTPS `wss`' },
      broker: { host: 'nats:4222', protocol: 'nats', description: 'JetStream, stream `MEOW`' },
    },
    channels: {
      pusher: {
        address: '/pusher',
        servers: [{ $ref: '#/servers/public' }],
        messages: messageRefs(frameNames),
        bindings: { ws: { method: 'GET', query: schemas.of(parameters) } },
      },
      ...Object.fromEntries(
        Object.entries(events).map(([id, { name }]) => [
          id,
          { address: name, servers: [{ $ref: '#/servers/broker' }], messages: messageRefs([id]) },
        ]),
      ),
    },
    operations: {
      push: {
        action: 'send',
        channel: { $ref: '#/channels/pusher' },
        summary: 'Sends every new meow, and what is deleted, to every client',
        description:
          'With `cursor`, first what came after it. Clients ignore unknown kinds. Without a frame for 35 s they should reconnect.',
      },
      ...Object.fromEntries(
        Object.keys(events).map((id) => [
          `publish${id[0]?.toUpperCase()}${id.slice(1)}`,
          {
            action: 'send',
            channel: { $ref: `#/channels/${id}` },
            summary: 'At least once: ignore ids that you have seen',
          },
        ]),
      ),
    },
    components: {
      messages: Object.fromEntries([...frameMessages, ...eventMessages]),
      schemas: schemas.components,
    },
  };
}
