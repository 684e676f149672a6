import type { Backoff } from '../../async/backoff.ts';
import type { Consumer, Metadata, Publisher, StoredMessage } from '../capabilities.ts';

/** A message as a handler gets it: the router settles it. */
export interface Incoming extends StoredMessage {
  /** 1 for the first delivery, where the broker counts. */
  readonly attempt: number;
}

/** A message that a handler wants published. The router gives it an id (see `outgoing.ts`). */
export interface Outgoing {
  readonly key?: string | undefined;
  readonly metadata?: Metadata;
  readonly payload: Uint8Array;
  /** Default: the topic of the handler's `to`. */
  readonly topic?: string;
}

/**
 * Handles one message. When it resolves, the messages it returns are published, and then the incoming one is
 * acked. When it rejects, the kind of error decides (see `failure.ts`). It may get a message again that it
 * has handled, for the ack can be lost. `signal` aborts when the result is no longer wanted: the message was
 * revoked or `policy.timeoutMs` is over; it does not abort because of `close`.
 */
export type Handle = (message: Incoming, signal: AbortSignal) => Promise<Returned>;

// biome-ignore lint/suspicious/noConfusingVoidType: a handler that publishes nothing needs no return statement
type Returned = readonly Outgoing[] | void;

/** Wraps the handling of each message. The first of a list is the outermost. */
export type Middleware = (next: Handle, handler: { readonly name: string }) => Handle;

export interface Policy {
  /** Failures of a message, counted in this process, after which it goes to the dead letters. Default 10. */
  maxAttempts?: number;
  /**
   * The delay before a message that failed is delivered again. Default 200 ms, doubling to 60 s, half of it
   * random.
   */
  backoff?: Backoff;
  /** Most messages handled at the same time. Default 10. */
  concurrency?: number;
  /** A message handled for longer has failed. Default: only the broker's own limit counts. */
  timeoutMs?: number;
  /**
   * Most messages taken from the broker in one batch. All of it must be handled within the broker's handler
   * timeout. Default 100.
   */
  maxBatch?: number;
}

export interface HandlerOptions {
  /** Unique. Also the name of the group: processes that add the same handler share its messages. */
  readonly name: string;
  readonly from: { readonly consumer: Consumer } & (
    | { readonly topic: string }
    | { readonly topics: readonly string[] }
  );
  /** Where returned messages go. */
  readonly to?: { readonly publisher: Publisher; readonly topic?: string };
  readonly handle: Handle;
  /** Inside the router's own middleware. */
  readonly use?: readonly Middleware[];
  /** Replaces single values of the router's policy. */
  readonly policy?: Policy;
}
