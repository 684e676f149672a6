import { HttpError } from '../http/errors.ts';
import type { ComparedRow, Sides } from './find-differences.ts';

const TIMEOUT_MS = 10_000;

/**
 * The rows of another service of this system as a source for `findDifferences`: `URL?after=&limit=` answers
 * `{"data": […]}`. Rejects with `HttpError` 503.
 */
export function pagesOfService<Row extends { id: number }>(
  url: string,
  stateOf: (row: Row) => string,
): Sides['source'] {
  return async (after, limit): Promise<ComparedRow[]> => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(`${url}?after=${after}&limit=${limit}`, { signal }).catch((cause: unknown) => {
      throw new HttpError(503, 'A service to compare with is unavailable', { cause });
    });
    if (!answer.ok) throw new HttpError(503, `A service to compare with answered ${answer.status}`);
    const { data } = (await answer.json()) as { data: Row[] }; // of a service of this system
    return data.map((row) => ({ id: row.id, state: stateOf(row) }));
  };
}
