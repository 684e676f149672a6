import { isAxiosError, isCancel } from 'axios';

/**
 * Why a request came to nothing, as far as the person can do something about it:
 * `unreachable` no answer at all, `slow` no answer in time, `refused` the request itself is at fault,
 * `missing` there is no such thing, `busy` too much at once, `broken` the server failed.
 */
export type Problem = 'unreachable' | 'slow' | 'refused' | 'missing' | 'busy' | 'broken';

export class ApiError extends Error {
  override name = 'ApiError';
  readonly problem: Problem;

  constructor(problem: Problem, cause: unknown) {
    super(`request failed: ${problem}`, { cause });
    this.problem = problem;
  }
}

/** Whether a request was given up by us, because its answer is of no more interest. */
export function isAbandoned(error: unknown): boolean {
  return isCancel(error);
}

/** What to tell about an error of a request. Anything that no request can cause is thrown on. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  throw error;
}

export function toApiError(error: unknown): unknown {
  if (!isAxiosError(error) || isCancel(error)) return error;
  return new ApiError(classify(error.code, error.response?.status), error);
}

function classify(code: string | undefined, status: number | undefined): Problem {
  if (code === 'ECONNABORTED' || code === 'ETIMEDOUT') return 'slow';
  if (status === undefined) return 'unreachable';
  if (status === 404) return 'missing';
  if (status === 429 || status === 503) return 'busy';
  return status < 500 ? 'refused' : 'broken';
}
