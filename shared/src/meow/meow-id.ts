import { randomFillSync } from 'node:crypto';
import KSUID from 'ksuid';
import { encodeKsuid, KSUID_BYTES, KSUID_EPOCH_SECONDS } from './ksuid.ts';
import type { Timestamp } from './meow.ts';

/** Id and creation time of a new meow: both hold the same instant. */
export interface NewMeowId {
  /** KSUID, 27 characters. */
  id: string;
  createdAt: Timestamp;
}

interface IdSources {
  /** Milliseconds since the Unix epoch. */
  now?: () => number;
  /** Fills the buffer with random bytes. */
  random?: (bytes: Buffer) => void;
}

const MICROS_OFFSET = 4;
const COUNTER_OFFSET = 8;
const RANDOM_OFFSET = 10;
const COUNTER_LIMIT = 2 ** 16;

/**
 * Makes ids that sort in the order of the calls, also inside one second, also when the clock stands still or
 * is set back (it then waits at the last instant seen).
 *
 * A KSUID is 4 bytes of seconds and 16 free bytes. Here these are the microsecond of the second (4 bytes), a
 * counter within it (2 bytes) and 10 random bytes. The clock gives milliseconds; the counter distinguishes
 * the calls in one, and carries into the microsecond when it is full.
 */
export function createIdGenerator(sources: IdSources = {}): () => NewMeowId {
  const now = sources.now ?? Date.now;
  const random = sources.random ?? pooledRandom();
  const bytes = Buffer.alloc(KSUID_BYTES);
  let lastMicros = 0;
  let counter = 0;
  /** The time as text, to the millisecond: many ids share it. */
  let text = { millis: -1, upToMillis: '' };

  return () => {
    const micros = now() * 1000;
    if (micros > lastMicros) {
      lastMicros = micros;
      counter = 0;
    } else if (++counter === COUNTER_LIMIT) {
      lastMicros++;
      counter = 0;
    }
    const millis = Math.floor(lastMicros / 1000);
    bytes.writeUInt32BE(Math.floor(millis / 1000) - KSUID_EPOCH_SECONDS);
    bytes.writeUInt32BE(lastMicros % 1_000_000, MICROS_OFFSET);
    bytes.writeUInt16BE(counter, COUNTER_OFFSET);
    random(bytes.subarray(RANDOM_OFFSET));
    if (text.millis !== millis) text = { millis, upToMillis: new Date(millis).toISOString().slice(0, -1) };
    return {
      id: encodeKsuid(bytes),
      createdAt: `${text.upToMillis}${String(lastMicros % 1000).padStart(3, '0')}Z`,
    };
  };
}

/** The ids of meows until 2148: 27 digits of base 62. */
export const MEOW_ID = /^[0-9A-Z][0-9A-Za-z]{26}$/;

/** Whether a text is the id of a meow, existing or not. */
export function isMeowId(text: string): boolean {
  return MEOW_ID.test(text);
}

/** When the id was made, to the second. Throws when it is not the id of a meow. */
export function creationTimeOf(id: string): Date {
  return KSUID.parse(id).date;
}

/**
 * An id below every one that is made at `millis` (since the Unix epoch) or later, and above those of earlier
 * seconds.
 */
export function earliestId(millis: number): string {
  return KSUID.fromParts(Math.floor(millis), Buffer.alloc(16)).string;
}

/**
 * A call of the system's generator costs far more than the few bytes that an id needs, so these come from a
 * pool.
 */
function pooledRandom(): (bytes: Buffer) => void {
  const pool = Buffer.alloc(8192);
  let used = pool.length;
  return (bytes) => {
    if (used + bytes.length > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += pool.copy(bytes, 0, used, used + bytes.length);
  };
}
