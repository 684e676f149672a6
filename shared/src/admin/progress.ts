/** Writes the progress of a long command, with an estimate of the remaining time, at most once a second. */
export function createProgress(
  verb: string,
  total: number,
  write: (line: string) => void,
): (done: number) => void {
  const started = performance.now();
  let lastWritten = started;
  return (done) => {
    const time = performance.now();
    if (time - lastWritten < 1000) return;
    lastWritten = time;
    const perSecond = (done / (time - started)) * 1000;
    const left = Math.max(0, Math.ceil((total - done) / perSecond));
    const percent = total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100));
    write(`${verb} ${done} of ${total} (${percent} %), ${Math.round(perSecond)}/s, about ${left} s left\n`);
  };
}
