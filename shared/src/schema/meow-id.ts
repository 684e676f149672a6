import { randomFillSync } from 'node:crypto';
import { encodeKsuid, KSUID_BYTES, KSUID_EPOCH_SECONDS } from './ksuid.ts';
import type { Timestamp } from './meow.ts';

/** NewMeowId of a new meow: both parts tell the same instant. */
export interface NewMeowId {
  /** KSUID, 27 characters. */
  id: string;
  createdAt: Timestamp;
}

export interface IdSources {
  /** Milliseconds since the Unix epoch. */
  now?: () => number;
  /** Fills the buffer with random bytes. */
  random?: (bytes: Buffer) => void;
}

const MICROS_FROM = 4;
const COUNTER_FROM = 8;
const RANDOM_FROM = 10;
const COUNTER_LIMIT = 2 ** 16;

/**
 * Makes identities whose ids sort in the order of the calls, also inside one second, also when the clock stands still or is set back (it then
 * waits at the last instant seen).
 *
 * A KSUID (github.com/segmentio/ksuid) is 4 bytes of seconds and 16 bytes that are free. Here these are the microsecond of the
 * second (4 bytes), a counter within it (2 bytes) and 10 random bytes. The clock gives milliseconds; the counter tells apart what falls into one, and
 * carries into the microsecond when it is full.
 */
export function createIdGenerator(sources: IdSources = {}): () => NewMeowId {
  const now = sources.now ?? Date.now;
  const random = sources.random ?? pooledRandom();
  const bytes = Buffer.alloc(KSUID_BYTES);
  let lastMicros = 0;
  let counter = 0;
  /** The time as text, to the millisecond: many identities share it. */
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
    writeSecond(bytes, millis);
    bytes.writeUInt32BE(lastMicros % 1_000_000, MICROS_FROM);
    bytes.writeUInt16BE(counter, COUNTER_FROM);
    random(bytes.subarray(RANDOM_FROM));
    if (text.millis !== millis) text = { millis, upToMillis: new Date(millis).toISOString().slice(0, -1) };
    return {
      id: encodeKsuid(bytes),
      createdAt: `${text.upToMillis}${String(lastMicros % 1000).padStart(3, '0')}Z`,
    };
  };
}

/** An id below every one that is made at `millis` (since the Unix epoch) or later, and above those of earlier seconds. */
export function earliestId(millis: number): string {
  const bytes = Buffer.alloc(KSUID_BYTES);
  writeSecond(bytes, millis);
  return encodeKsuid(bytes);
}

function writeSecond(bytes: Buffer, millis: number): void {
  bytes.writeUInt32BE(Math.floor(millis / 1000) - KSUID_EPOCH_SECONDS);
}

/** A call of the system's generator costs far more than the few bytes that an id needs, so these are taken from a stock. */
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
