import type { Meow } from '../meow/meow.ts';
import type { Metadata, Subscription } from '../message/capabilities.ts';

/** The fact that a meow was created. */
export interface MeowCreated {
  readonly meow: Meow;
  readonly headers: Metadata;
}

/** The original's interface: `event/event.go`. */
export interface EventStore {
  close(): Promise<void>;
  publishMeowCreated(meow: Meow, headers?: Metadata): Promise<void>;
  /**
   * The original's channel: every event from now on, until `break` or `close`. Throws when more than `limit`
   * events wait unread.
   */
  subscribeMeowCreated(limit?: number): AsyncIterableIterator<MeowCreated>;
  /** The original's callback: every event from now on, in order, to every subscriber. */
  onMeowCreated(handler: (event: MeowCreated) => void): Promise<Subscription>;
}
