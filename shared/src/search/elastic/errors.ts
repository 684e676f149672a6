import { errors } from '@elastic/elasticsearch';
import { IndexMissingError, SearchUnavailableError } from '../search-repository.ts';

/** What the engine calls an index, or the alias of one, that is not there. */
const MISSING = ['index_not_found_exception', 'aliases_not_found_exception'];

/** Runs a request to the engine; the client's errors become those that `SearchRepository` promises. */
export async function translateErrors<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw toRepositoryError(error);
  }
}

/** The type of the engine's own error, such as `index_not_found_exception`. */
export function engineErrorType(error: unknown): string | undefined {
  return error instanceof errors.ResponseError ? error.body?.error?.type : undefined;
}

function toRepositoryError(error: unknown): unknown {
  if (!(error instanceof errors.ElasticsearchClientError)) return error;
  const message = `Elasticsearch: ${error.message}`;
  if (MISSING.includes(engineErrorType(error) ?? '')) return new IndexMissingError(message, { cause: error });
  // A request that the engine rejects is a bug of this code; trying again later would not help.
  if (error instanceof errors.ResponseError && !isTransient(error.statusCode)) return error;
  return new SearchUnavailableError(message, { cause: error });
}

/** Overload and failures, and a refused login, which an operator will correct. */
function isTransient(status: number | undefined): boolean {
  return status === undefined || status >= 500 || [401, 403, 408, 429].includes(status);
}
