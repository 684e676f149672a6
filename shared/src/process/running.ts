/** Something started that can be stopped. */
export interface Running {
  /** Resolves when everything accepted has been answered and everything is closed. May be called twice. */
  close(): Promise<void>;
}
