/** A process that the nemesis can hit. */
export interface Victim {
  readonly name: string;
  /** `kill -9`. It is brought back by `revive`. */
  kill(): Promise<void>;
  /** Runs again, if it does not; resolves once it has been started. */
  revive(): Promise<void>;
  /** Frozen: nothing of it runs, its connections stay open. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Asked to stop, as an operator would. `revive` starts it again. */
  stop(): Promise<void>;
}
