import {
  type DeadLetter,
  type DeadLetters,
  type Delivery,
  NoSuchDeadLetterError,
  type Position,
  RefusedError,
} from '@meower/shared/message/capabilities.ts';
import { decode, type Entry, encode } from './codec.ts';
import type { RedisClient, RedisConnection } from './connection.ts';
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

/** Dead letters in a stream of their own. */
export class RedisDeadLetters implements DeadLetters {
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  /** Acks the message too. */
  async store(delivery: Delivery, group: string, reason: string): Promise<void> {
    const { maxDeadLetters } = this.#connection.settings;
    const fields = {
      ...encode(delivery, Number.POSITIVE_INFINITY),
      ...{ group, reason, attempts: String(delivery.attempt), topic: delivery.topic },
      ...{ position: delivery.position, rejectedAt: new Date().toISOString() },
    };
    const isStored = await this.#connection.run((client) =>
      client.eval(REJECT, {
        keys: [this.#connection.key(DEAD), this.#connection.key(delivery.topic)],
        arguments: [
          String(maxDeadLetters),
          group,
          delivery.position,
          ...Object.entries(fields).flat(),
        ] as string[], // and buffers, which its type does not name, but each command takes
      }),
    );
    if (isStored !== 1) throw new RefusedError(`there are ${maxDeadLetters} dead letters already`);
  }

  async list(): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for await (const page of pagesOf(this.#connection, DEAD)) letters.push(...page.map(toDeadLetter));
    return letters;
  }

  /** Makes the message pending in its group again, under its old id. */
  async retry(position: Position): Promise<void> {
    const { group, origin } = toDeadLetter(await this.#find(position));
    const topic = this.#connection.key(origin.topic);
    await this.#connection.run(async (client) => {
      const kept = await client.xRange(topic, origin.position, origin.position);
      if (!kept?.length)
        throw new RefusedError('the topic no longer has the message: its dead letter can only be dropped');
      const claim = { IDLE: this.#connection.settings.ackWaitMs, RETRYCOUNT: 0, FORCE: true };
      await client.xClaimJustId(topic, group, RELEASED, 0, origin.position, claim);
    });
    await this.drop(position);
  }

  async drop(position: Position): Promise<void> {
    if (!isId(position) || !(await this.#delete(position))) throw new NoSuchDeadLetterError(position);
  }

  count(): Promise<number> {
    return this.#connection.run((client) => client.xLen(this.#connection.key(DEAD)));
  }

  async erase(topic: string, ids: ReadonlySet<string>, since: Date): Promise<number> {
    let erased = 0;
    for await (const page of pagesOf(this.#connection, DEAD)) {
      for (const { id, origin, rejectedAt, position } of page.map(toDeadLetter))
        if (origin.topic === topic && ids.has(id) && rejectedAt >= since)
          erased += await this.#delete(position);
    }
    return erased;
  }

  async #find(position: Position): Promise<Entry> {
    const find = (client: RedisClient) => client.xRange(this.#connection.key(DEAD), position, position);
    const [found] = (isId(position) && (await this.#connection.run(find))) || [];
    if (!found) throw new NoSuchDeadLetterError(position);
    return found;
  }

  #delete(position: Position): Promise<number> {
    return this.#connection.run((client) => client.xDel(this.#connection.key(DEAD), position));
  }
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
