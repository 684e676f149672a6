import { isAxiosError, isCancel } from 'axios';

/** Whether an error means that we cancelled the request. */
export { isCancel as isCancelled };

export const PROBLEMS = ['unreachable', 'slow', 'refused', 'missing', 'busy', 'broken'] as const;

/**
 * Why a request failed, as far as the reader can do something about it: `unreachable` no
 * answer of Meower, `slow` no
 * answer in time, `refused` the request is at fault, `missing` not found, `busy` too many requests, `broken`
 * the server failed.
 */
export type Problem = (typeof PROBLEMS)[number];

export class ApiError extends Error {
  override name = 'ApiError';
  readonly problem: Problem;

  constructor(problem: Problem, cause: unknown) {
    super(`request failed: ${problem}`, { cause });
    this.problem = problem;
  }
}

/** The problem of a failed request. Any other error is rethrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  throw error;
}

export function toApiError(error: unknown): unknown {
  if (!isAxiosError(error) || isCancel(error)) return error;
  return new ApiError(classify(error.code, error.response?.status), error);
}

/** Whether the server refuses a request for now, because of all that its address has sent. */
export function isOverLimit({ cause }: ApiError): boolean {
  return isAxiosError(cause) && cause.response?.status === 429;
}

/** How long the server asks to wait after this error. Longer than a minute is not believed. */
export function retryAfterMs(error: unknown): number {
  const seconds = isAxiosError(error) ? Number(error.response?.headers['retry-after']) : Number.NaN;
  return seconds > 0 ? Math.min(seconds, 60) * 1_000 : 0;
}

function classify(code: string | undefined, status: number | undefined): Problem {
  if (code === 'ECONNABORTED' || code === 'ETIMEDOUT') return 'slow';
  if (status === undefined) return 'unreachable';
  if (status === 404) return 'missing';
  if (status === 429 || status === 503) return 'busy';
  return status < 500 ? 'refused' : 'broken';
}
