import { randomFillSync } from 'node:crypto';
import KSUID from 'ksuid';
import type { Timestamp } from './meow.ts';

/** Identity of a new meow: both parts tell the same instant. */
export interface Identity {
  /** KSUID, 27 characters. */
  id: string;
  createdAt: Timestamp;
}

export interface IdentitySources {
  /** Milliseconds since the Unix epoch. */
  now?: () => number;
  /** Fills the buffer with random bytes. */
  random?: (bytes: Buffer) => void;
}

const PAYLOAD_BYTES = 16;
const RANDOM_FROM = 6;
const COUNTER_LIMIT = 2 ** 16;

/**
 * Makes identities whose ids sort in the order of the calls, also inside one second, also when the clock stands still or is set back (it then
 * waits at the last instant seen).
 *
 * A KSUID (github.com/segmentio/ksuid) is 4 bytes of seconds and 16 bytes that are free. Here these are the microsecond of the
 * second (4 bytes), a counter within it (2 bytes) and 10 random bytes. The clock gives milliseconds; the counter tells apart what falls into one, and
 * carries into the microsecond when it is full.
 */
export function createIdentities(sources: IdentitySources = {}): () => Identity {
  const now = sources.now ?? Date.now;
  const random = sources.random ?? ((bytes: Buffer) => randomFillSync(bytes));
  const payload = Buffer.alloc(PAYLOAD_BYTES);
  let lastMicros = 0;
  let counter = 0;

  return () => {
    const micros = now() * 1000;
    if (micros > lastMicros) {
      lastMicros = micros;
      counter = 0;
    } else if (++counter === COUNTER_LIMIT) {
      lastMicros++;
      counter = 0;
    }
    random(payload.subarray(RANDOM_FROM));
    payload.writeUInt32BE(lastMicros % 1_000_000, 0);
    payload.writeUInt16BE(counter, 4);
    const millis = Math.floor(lastMicros / 1000);
    return {
      id: KSUID.fromParts(millis, payload).string,
      createdAt: new Date(millis)
        .toISOString()
        .replace('Z', `${String(lastMicros % 1000).padStart(3, '0')}Z`),
    };
  };
}

/** An id below every one that is made at `millis` (since the Unix epoch) or later, and above those of earlier seconds. */
export function earliestId(millis: number): string {
  return KSUID.fromParts(Math.floor(millis), Buffer.alloc(PAYLOAD_BYTES)).string;
}
