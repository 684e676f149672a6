import { ref } from 'vue';

/** The header `Date` has no fractions of a second, and arrives late. */
const TOLERANCE_MS = 5_000;

/** How far the reader's clock is behind the server's. */
const behindMs = ref(0);

/** Learns from the header `Date` of an answer. */
export function readServerTime(date: unknown): void {
  const now = Date.parse(String(date)) - Date.now();
  if (Math.abs(now - behindMs.value) > TOLERANCE_MS) behindMs.value = Math.abs(now) > TOLERANCE_MS ? now : 0;
}

/** The server's time at a moment of the reader's clock. */
export function serverTime(local: Date): Date {
  return new Date(local.getTime() + behindMs.value);
}
