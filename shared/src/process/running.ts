/** Something that was started and can be stopped. */
export interface Running {
  /** Resolves when all that was accepted has been answered and everything is closed. May be called twice. */
  close(): Promise<void>;
}
