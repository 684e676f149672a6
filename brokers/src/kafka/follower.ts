import { abortable } from '@meower/shared/async/abortable.ts';
import { sleep } from '@meower/shared/async/sleep.ts';
import type { FollowHandlers, Position } from '@meower/shared/message/capabilities.ts';
import type { KafkaContext } from './context.ts';
import { type Offsets, toPosition } from './offsets.ts';
import { KafkaReader, LATEST } from './reader.ts';

const POLL_MS = 500;

/** Reads all partitions of its topics from their ends on. */
export class KafkaFollower {
  readonly #context: KafkaContext;
  readonly #topics: readonly string[];
  readonly #handlers: FollowHandlers;
  readonly #reader: KafkaReader;
  readonly #closing = new AbortController();
  readonly #started = Promise.withResolvers<Position>();
  #offsets: Offsets | undefined;
  #running: Promise<void> | undefined;

  constructor(context: KafkaContext, topics: readonly string[], handlers: FollowHandlers) {
    this.#context = context;
    this.#topics = topics;
    this.#handlers = handlers;
    this.#reader = new KafkaReader(context.settings, topics);
  }

  /** Resolves to the position that it follows. Waits while the server is unavailable. */
  async start(): Promise<Position> {
    this.#running = this.#follow();
    return abortable(this.#started.promise, this.#closing.signal);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the follower is closed'));
    await this.#running;
  }

  async #follow(): Promise<void> {
    const { settings, topics, logger } = this.#context;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await abortable(topics.ensure(this.#topics), signal);
        this.#offsets ??= await this.#reader.offsets(LATEST);
        this.#started.resolve(toPosition(this.#offsets));
        while (!signal.aborted) await this.#poll(this.#offsets);
      } catch (err) {
        if (signal.aborted) break;
        logger.warn(
          { err, topics: this.#topics, retryInMs: settings.retryMs },
          'could not follow: tries again',
        );
        topics.forget(this.#topics);
        await sleep(settings.retryMs, signal);
      }
    }
    await this.#reader.close();
  }

  async #poll(offsets: Offsets): Promise<void> {
    for (const { partition, from, next, messages, isCut } of await this.#reader.poll(offsets, POLL_MS)) {
      if (offsets.get(partition) !== from) continue;
      if (isCut) {
        this.#context.logger.warn({ partition, from, next }, 'messages are gone: reset');
        offsets.set(partition, next);
        this.#handlers.onReset();
      }
      for (const { message, offset } of messages) {
        if (this.#closing.signal.aborted) return;
        offsets.set(partition, offset + 1);
        this.#handlers.onMessage(Object.assign(message, { position: toPosition(offsets) }));
      }
      offsets.set(partition, next);
    }
  }
}
