import type { ConsumeOptions } from '../capabilities.ts';

export const CONSUME_DEFAULTS: Required<ConsumeOptions> = {
  maxBatch: 500,
  maxConcurrentBatches: 1,
  eager: false,
};

/** A handler running longer than this loses its batch to the other members. */
export const HANDLER_TIMEOUT_MS = 600_000;

/**
 * When as many messages of a group are unsettled, wait for redelivery or for their key, it gets no new ones.
 */
export const MAX_ACK_PENDING = 10_000;
