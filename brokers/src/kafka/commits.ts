import { sleep } from '@meower/shared/async/sleep.ts';
import { withTimeout } from '@meower/shared/async/with-timeout.ts';
import type { Consumer } from '@platformatic/kafka';
import type { KafkaContext } from './context.ts';
import type { KafkaPartition } from './partition.ts';

interface CommitsOptions extends Pick<KafkaContext, 'settings' | 'logger'> {
  group: string;
  /** Those that the member owns. */
  partitions(): Iterable<KafkaPartition>;
  closing: AbortSignal;
}

/** Stores on the server how far a member has settled its partitions. */
export class KafkaCommits {
  readonly #options: CommitsOptions;
  #committing: Promise<void> | undefined;
  /** Of the present session. */
  consumer: Consumer | undefined;
  /** While the member joins, the server refuses commits, and the library would join once more. */
  isJoining = false;

  constructor(options: CommitsOptions) {
    this.#options = options;
  }

  /** One commit at a time; what is settled meanwhile shares the next one. */
  soon(): void {
    this.#committing ??= this.#commitAll().finally(() => {
      this.#committing = undefined;
    });
  }

  /** Resolves to false when the server did not confirm; the messages may then be delivered again. */
  async now(partitions: readonly KafkaPartition[]): Promise<boolean> {
    const { settings, group, logger } = this.#options;
    const offsets = partitions
      .filter(isBehind)
      .map((partition) => ({ partition, offset: partition.committable }));
    if (offsets.length === 0 || !this.consumer) return true;
    try {
      const committing = this.consumer.commit({
        offsets: offsets.map(({ partition: { topic, partition }, offset }) => {
          return { topic, partition, offset: BigInt(offset), leaderEpoch: -1 };
        }),
      });
      await withTimeout(committing, settings.timeoutMs);
      for (const { partition, offset } of offsets) partition.committed = offset;
      return true;
    } catch (err) {
      logger.warn({ err, group }, 'could not commit: messages may be redelivered');
      return false;
    }
  }

  async #commitAll(): Promise<void> {
    const { settings, partitions, closing } = this.#options;
    await new Promise(setImmediate);
    while (!this.isJoining && this.consumer) {
      const behind = [...partitions()].filter(isBehind);
      if (behind.length === 0) return;
      if (!(await this.now(behind))) await sleep(settings.retryMs, closing);
    }
  }
}

function isBehind({ committable, committed }: KafkaPartition): boolean {
  return committable > committed;
}
