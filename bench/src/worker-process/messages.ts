/** What goes between the bench and its processes. */
export interface Request {
  id: number;
  command: string;
  argument: unknown;
}

export interface Answer {
  id: number;
  result?: unknown;
  /** The message of what was thrown. */
  error?: string;
}
