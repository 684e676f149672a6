import { hash } from 'node:crypto';
import type { Message } from '../capabilities.ts';
import type { HandlerOptions, Incoming, Outgoing } from './handler.ts';

/**
 * Publishes what a handler returned, in its order per topic. The ids are derived from the handler's name, the
 * incoming message and the place in the list: a message handled again publishes the same ids.
 */
export async function publishOutgoing(
  { name, to }: Pick<HandlerOptions, 'name' | 'to'>,
  incoming: Incoming,
  outgoing: readonly Outgoing[],
): Promise<void> {
  const byTopic = new Map<string, Message[]>();
  for (const [place, { key, metadata = {}, payload, topic = to?.topic }] of outgoing.entries()) {
    if (topic === undefined) throw new Error(`handler ${name} returned a message that has no topic`);
    const message = { id: outgoingId(name, incoming, place), key, metadata, payload };
    const messages = byTopic.get(topic);
    if (messages) messages.push(message);
    else byTopic.set(topic, [message]);
  }
  if (!to) throw new Error(`handler ${name} returned a message, but has no publisher ("to")`);
  for (const [topic, messages] of byTopic) await to.publisher.publish(topic, messages);
}

/** The topic is part of it, because ids are unique only in their topic. */
function outgoingId(handler: string, { topic, id }: Incoming, place: number): string {
  return hash('sha256', JSON.stringify([handler, topic, id, place]), 'base64url').slice(0, 22);
}
