/** A process that the nemesis can stop and start. */
export interface ControllableProcess {
  readonly name: string;
  /** `kill -9`; resolves when the process has ended. `start` brings it back. */
  kill(): Promise<void>;
  /** Starts it unless it is running. */
  start(): Promise<void>;
  /** Freezes it (SIGSTOP): it executes nothing, and its connections stay open. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Asks it to stop, as an operator does; resolves when it has ended. */
  stop(): Promise<void>;
}
