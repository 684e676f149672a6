/** Beyond the time in which a network card gathers packets before it interrupts, far below what is measured. */
const GULP_MS = 1;

/**
 * To be called at every read: makes this process rest for a millisecond before it reads on. A server on the same machine would otherwise wake it with almost every frame, and a
 * wake-up is a third of what `send` costs then; browsers are elsewhere, and no server pays for their wake-ups.
 */
export function createGulps(): () => void {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  let resting = false;
  return () => {
    if (resting) return;
    resting = true;
    setImmediate(() => {
      resting = false;
      Atomics.wait(nothing, 0, 0, GULP_MS);
    });
  };
}
