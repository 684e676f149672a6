/** Longer than a network card gathers packets before it interrupts, and far shorter than what is measured. */
const PAUSE_MS = 1;

/**
 * Returns a function to call at every read: it blocks this process for a millisecond before the next one, as
 * a network card coalesces interrupts. Otherwise a server on the same machine would wake this process with
 * almost every frame. Such a wake-up costs a third of `send`, and a server with remote clients does not pay
 * for it.
 */
export function createInterruptCoalescer(): () => void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  let scheduled = false;
  return () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      Atomics.wait(never, 0, 0, PAUSE_MS);
    });
  };
}
