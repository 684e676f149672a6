import {
  type DeadLetter,
  type DeadLetters,
  type Delivery,
  NoSuchDeadLetterError,
  type Position,
  RefusedError,
} from '@meower/shared/message/capabilities.ts';
import { decode, type Entry, encode } from './codec.ts';
import type { RedisConnection } from './connection.ts';
import { pagesOf } from './log.ts';

const DEAD = 'dead';
/** A consumer that does not exist: what it has is taken by the next member that looks. */
export const RELEASED = 'released';

/** Both or neither; neither when the store is full. */
const REJECT = `
  if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
  redis.call('XADD', KEYS[1], '*', unpack(ARGV, 4))
  redis.call('XACK', KEYS[2], ARGV[2], ARGV[3])
  return 1`;

export interface RedisDeadLetters extends DeadLetters {
  /** Acks the message too. */
  store(delivery: Delivery, group: string, reason: string): Promise<void>;
  /** As `Eraser.erase`. */
  erase(topic: string, ids: ReadonlySet<string>, since: Date): Promise<number>;
}

/** Dead letters in a stream of their own. */
export function createDeadLetters(connection: RedisConnection): RedisDeadLetters {
  const { maxDeadLetters, ackWaitMs } = connection.settings;
  const key = connection.key(DEAD);

  const find = async (position: Position): Promise<Entry> => {
    const read = () => connection.run((client) => client.xRange(key, position, position));
    const [found] = (isId(position) && (await read())) || [];
    if (!found) throw new NoSuchDeadLetterError(position);
    return found;
  };
  const remove = (position: Position) => connection.run((client) => client.xDel(key, position));
  const drop = async (position: Position) => {
    if (!isId(position) || !(await remove(position))) throw new NoSuchDeadLetterError(position);
  };

  return {
    async store(delivery, group, reason) {
      const fields = {
        ...encode(delivery, Number.POSITIVE_INFINITY),
        ...{ group, reason, attempts: String(delivery.attempt), topic: delivery.topic },
        ...{ position: delivery.position, rejectedAt: new Date().toISOString() },
      };
      const isStored = await connection.run((client) =>
        client.eval(REJECT, {
          keys: [key, connection.key(delivery.topic)],
          arguments: [
            String(maxDeadLetters),
            group,
            delivery.position,
            ...Object.entries(fields).flat(),
          ] as string[], // and buffers, which its type does not name, but each command takes
        }),
      );
      if (isStored !== 1) throw new RefusedError(`there are ${maxDeadLetters} dead letters already`);
    },

    async list() {
      const letters: DeadLetter[] = [];
      for await (const page of pagesOf(connection, DEAD)) letters.push(...page.map(toDeadLetter));
      return letters;
    },

    /** Makes the message pending in its group again, under its old id. */
    async retry(position) {
      const { group, origin } = toDeadLetter(await find(position));
      const topic = connection.key(origin.topic);
      await connection.run(async (client) => {
        const kept = await client.xRange(topic, origin.position, origin.position);
        if (!kept?.length)
          throw new RefusedError('the topic no longer has the message: its dead letter can only be dropped');
        const claim = { IDLE: ackWaitMs, RETRYCOUNT: 0, FORCE: true };
        await client.xClaimJustId(topic, group, RELEASED, 0, origin.position, claim);
      });
      await drop(position);
    },

    drop,
    count: () => connection.run((client) => client.xLen(key)),

    async erase(topic, ids, since) {
      let erased = 0;
      for await (const page of pagesOf(connection, DEAD)) {
        for (const { id, origin, rejectedAt, position } of page.map(toDeadLetter))
          if (origin.topic === topic && ids.has(id) && rejectedAt >= since) erased += await remove(position);
      }
      return erased;
    },
  };
}

function isId(position: Position): boolean {
  return /^\d{1,15}(-\d{1,19})?$/.test(position);
}

function toDeadLetter(entry: Entry): DeadLetter {
  const text = (name: string) => entry.message[name]?.toString() ?? '';
  const { id, key, metadata, payload, position } = decode(text('topic'), entry);
  return {
    ...{ id, key, metadata, payload, position },
    group: text('group'),
    reason: text('reason'),
    attempts: Number(text('attempts')),
    origin: { topic: text('topic'), position: text('position') },
    rejectedAt: new Date(text('rejectedAt')),
  };
}
