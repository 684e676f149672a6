/** Something that was started or opened. */
export interface Closable {
  /** Resolves when what it accepted is done and everything is closed. May be called twice. */
  close(): Promise<void>;
}
