import type { Message, Metadata } from '../../capabilities.ts';
import type { Incoming } from '../handler.ts';

export function message(id: string, key?: string, text = id): Message {
  return { id, key, metadata: {}, payload: Buffer.from(text) };
}

export function text({ payload }: { payload: Uint8Array }): string {
  return Buffer.from(payload).toString();
}

/** As a handler gets it. */
export function incoming(id: string, key?: string, metadata: Metadata = {}): Incoming {
  return { ...message(id, key), metadata, topic: 'topic', position: id, publishedAt: new Date(), attempt: 1 };
}
