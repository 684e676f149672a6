import {
  type DeadLetter,
  type DeadLetters,
  NoSuchDeadLetterError,
  type Position,
  type SequencedMessage,
} from '../capabilities.ts';

interface InProcessDeadLettersOptions {
  limit: number;
  redeliver(group: string, message: SequencedMessage): void;
}

export interface InProcessDeadLetters extends DeadLetters {
  /** Throws when `limit` are stored. */
  add(message: SequencedMessage, rejection: Pick<DeadLetter, 'group' | 'reason' | 'attempts'>): void;
  erase(topic: string, ids: ReadonlySet<string>, since: Date): number;
}

/** Dead letters in memory. */
export function createDeadLetters({ limit, redeliver }: InProcessDeadLettersOptions): InProcessDeadLetters {
  const stored = new Map<Position, { letter: DeadLetter; message: SequencedMessage }>();
  let last = 0;
  const find = (position: Position) => {
    const found = stored.get(position);
    if (!found) throw new NoSuchDeadLetterError(position);
    return found;
  };

  return {
    add(message, rejection) {
      if (stored.size >= limit) throw new Error(`there are ${limit} dead letters already`);
      const { id, key, metadata, payload, topic } = message;
      const position = String(++last);
      const origin = { topic, position: message.position };
      const letter = { id, key, metadata, payload, position, ...rejection, origin, rejectedAt: new Date() };
      stored.set(position, { letter, message });
    },
    list: async () => [...stored.values()].map(({ letter }) => letter),
    async retry(position) {
      const { letter, message } = find(position);
      redeliver(letter.group, message);
      stored.delete(position);
    },
    async drop(position) {
      find(position);
      stored.delete(position);
    },
    count: async () => stored.size,
    erase(topic, ids, since) {
      let erased = 0;
      for (const [position, { message }] of stored) {
        if (message.topic !== topic || !ids.has(message.id) || message.publishedAt < since) continue;
        stored.delete(position);
        erased++;
      }
      return erased;
    },
  };
}
