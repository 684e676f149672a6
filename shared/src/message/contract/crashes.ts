import { expect } from 'vitest';
import type { ServerProcess } from '../../testing/server-process.ts';
import type { Connection, Message, Publisher } from '../capabilities.ts';
import { message, until } from './samples.ts';

const PUBLISHERS = 4;
/** Between two kills, and after the last one. */
const MESSAGES = 100;

interface CrashesOptions {
  kills?: number;
  /** The next message of a publisher. */
  next?: (publisher: number) => Message;
}

/**
 * Publishes while the server is killed and restarted; each message until the broker has it, as the outbox does.
 * Resolves to what was published, once the broker works again.
 */
export async function publishThroughCrashes(
  broker: Publisher & Connection,
  topic: string,
  server: Pick<ServerProcess, 'restart'>,
  { kills = 3, next = () => message() }: CrashesOptions = {},
): Promise<Message[]> {
  const sent: Message[] = [];
  let isPublishing = true;
  const publishers = Array.from({ length: PUBLISHERS }, async (_, publisher) => {
    while (isPublishing) {
      const one = next(publisher);
      await until(() => broker.publish(topic, [one]));
      sent.push(one);
    }
  });
  const more = () => {
    const goal = sent.length + MESSAGES;
    return until(() => expect(sent.length).toBeGreaterThan(goal));
  };
  for (let kill = 1; kill <= kills; kill++) {
    await more();
    await server.restart();
  }
  await more();
  await until(() => broker.ping());
  isPublishing = false;
  await Promise.all(publishers);
  return sent;
}
