import type { Subscription } from '../capabilities.ts';

/** The subscriptions of a broker, which end with it. */
export class Subscriptions {
  readonly #open = new Set<Subscription>();

  /** `close` may be called several times. */
  add(close: () => Promise<void>): Subscription {
    const subscription = {
      close: async () => {
        await close();
        this.#open.delete(subscription);
      },
    };
    this.#open.add(subscription);
    return subscription;
  }

  /** Resolves when the member has joined its group. It is closed with the broker also while it waits. */
  async join(member: Subscription & { join(): Promise<void> }): Promise<Subscription> {
    const subscription = this.add(() => member.close());
    await member.join();
    return subscription;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((subscription) => subscription.close()));
  }
}
