import { isAxiosError, isCancel } from 'axios';

/** Whether an error means that we cancelled the request. */
export { isCancel as isCancelled };

export const PROBLEMS = ['unreachable', 'slow', 'refused', 'missing', 'busy', 'broken'] as const;

/**
 * Why a request failed, as far as the reader can do something about it: `unreachable` no answer of Meower,
 * `slow` no answer in time, `refused` the request is at fault, `missing` not found, `busy` too many requests,
 * `broken` the server failed.
 */
export type Problem = (typeof PROBLEMS)[number];

export class ApiError extends Error {
  override name = 'ApiError';
  readonly problem: Problem;
  readonly retryAfterMs: number;

  constructor(problem: Problem, cause: unknown, retryAfterMs = 0) {
    super(`request failed: ${problem}`, { cause });
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A server that asks to wait longer is asked again after this time. */
export const MAX_RETRY_AFTER_MS = 60_000;

/** The problem of a failed request. Any other error is rethrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  throw error;
}

/** How long the server asks to wait before the request is sent again; 0 if it does not ask for that. */
export function retryAfterMs(error: unknown): number {
  return error instanceof ApiError ? error.retryAfterMs : 0;
}

/** Whether the server refuses a request for now, because of all that its address has sent. */
export function isOverLimit({ cause }: ApiError): boolean {
  return isAxiosError(cause) && cause.response?.status === 429;
}

export function toApiError(error: unknown): unknown {
  if (!isAxiosError(error) || isCancel(error)) return error;
  const seconds = Number(error.response?.headers['retry-after']);
  const waitMs = seconds > 0 ? Math.min(seconds * 1_000, MAX_RETRY_AFTER_MS) : 0;
  return new ApiError(classify(error.code, error.response?.status), error, waitMs);
}

function classify(code: string | undefined, status: number | undefined): Problem {
  if (code === 'ECONNABORTED' || code === 'ETIMEDOUT' || status === 504) return 'slow';
  // 502: a proxy in front has had no answer.
  if (status === undefined || status === 502) return 'unreachable';
  if (status === 404) return 'missing';
  if (status === 429 || status === 503) return 'busy';
  return status < 500 ? 'refused' : 'broken';
}
