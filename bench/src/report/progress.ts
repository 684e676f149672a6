/** Reports what is being measured. */
export type Progress = (step: string) => void;

/** On a terminal each step overwrites the line of the previous one; otherwise each has its own line. */
export function createProgress(stream: NodeJS.WriteStream): { progress: Progress; clear(): void } {
  const started = performance.now();
  return {
    progress(step) {
      const seconds = String(Math.round((performance.now() - started) / 1000)).padStart(4);
      if (stream.isTTY) stream.write(`\r\u001b[K${seconds} s  ${step}`.slice(0, stream.columns));
      else stream.write(`${seconds} s  ${step}\n`);
    },
    clear() {
      if (stream.isTTY) stream.write('\r\u001b[K');
    },
  };
}
