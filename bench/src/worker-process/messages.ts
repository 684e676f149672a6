/** From the bench to a worker process. */
export interface Request {
  id: number;
  command: string;
  argument: unknown;
}

/** From a worker process to the bench. */
export interface Response {
  id: number;
  result?: unknown;
  /** The stack or message of the error. */
  error?: string;
}
