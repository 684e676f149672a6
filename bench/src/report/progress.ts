/** Tells what is being measured right now. */
export type Progress = (what: string) => void;

/** A line that is written over by the next on a terminal; one line each where there is none. */
export function createProgress(stream: NodeJS.WriteStream): { progress: Progress; clear(): void } {
  const started = performance.now();
  return {
    progress(what) {
      const seconds = String(Math.round((performance.now() - started) / 1000)).padStart(4);
      if (stream.isTTY) stream.write(`\r\u001b[K${seconds} s  ${what}`.slice(0, stream.columns));
      else stream.write(`${seconds} s  ${what}\n`);
    },
    clear() {
      if (stream.isTTY) stream.write('\r\u001b[K');
    },
  };
}
