import { sleep } from '@meower/shared/async/sleep.ts';
import { Admin } from '@platformatic/kafka';
import { clientOptions, type KafkaSettings } from './config.ts';
import { isProtocolError } from './errors.ts';

/** Creates topics that are missing. An existing topic is used as it is. */
export class KafkaTopics {
  readonly #admin: Admin;
  readonly #settings: KafkaSettings;
  readonly #known = new Map<string, Promise<void>>();

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
    this.#admin = new Admin(clientOptions(settings));
  }

  /** Resolves once the topics can be used. Rejects when the server does not answer. */
  async ensure(topics: readonly string[]): Promise<void> {
    await Promise.all(topics.map((topic) => this.#ensureOne(topic)));
  }

  /** They may have been deleted: the next `ensure` looks again. */
  forget(topics: readonly string[]): void {
    for (const topic of topics) this.#known.delete(topic);
  }

  async ping(): Promise<void> {
    await this.#admin.metadata({ topics: [], forceUpdate: true });
  }

  async close(): Promise<void> {
    await this.#admin.close();
  }

  #ensureOne(topic: string): Promise<void> {
    let known = this.#known.get(topic);
    if (!known) {
      known = this.#create(topic).catch((error: unknown) => {
        this.#known.delete(topic);
        throw error;
      });
      this.#known.set(topic, known);
    }
    return known;
  }

  async #create(topic: string): Promise<void> {
    if (await this.#hasLeaders(topic)) return;
    const { partitions, replicas, retentionMs, timeoutMs } = this.#settings;
    const configs = [
      { name: 'retention.ms', value: String(retentionMs) },
      // Times that never decrease within a partition, for `positionAt`.
      { name: 'message.timestamp.type', value: 'LogAppendTime' },
    ];
    try {
      await this.#admin.createTopics({ topics: [topic], partitions, replicas, configs });
    } catch (error) {
      if (!isProtocolError(error, 'TOPIC_ALREADY_EXISTS')) throw error;
    }
    const deadline = performance.now() + timeoutMs;
    while (!(await this.#hasLeaders(topic))) {
      if (performance.now() > deadline)
        throw new Error(`the topic ${topic} got no leader in ${timeoutMs} ms`);
      await sleep(10);
    }
  }

  async #hasLeaders(topic: string): Promise<boolean> {
    // The library has no error of its own for an unknown topic: one that follows an answer is taken for it.
    await this.ping();
    try {
      const { topics } = await this.#admin.metadata({ topics: [topic], forceUpdate: true, retries: 0 });
      const partitions = topics.get(topic)?.partitions ?? [];
      return partitions.length > 0 && partitions.every(({ leader }) => leader >= 0);
    } catch {
      return false;
    }
  }
}
