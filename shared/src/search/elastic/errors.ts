import { errors } from '@elastic/elasticsearch';
import { IndexMissingError, SearchUnavailableError } from '../search-repository.ts';

/** Runs what asks the engine, with the client's errors in the words of `SearchRepository`. */
export async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw inOurWords(error);
  }
}

/** The type of the engine's own error, such as `index_not_found_exception`. */
export function engineErrorType(error: unknown): string | undefined {
  return error instanceof errors.ResponseError ? error.body?.error?.type : undefined;
}

function inOurWords(error: unknown): unknown {
  if (!(error instanceof errors.ElasticsearchClientError)) return error;
  const message = `Elasticsearch: ${error.message}`;
  if (engineErrorType(error) === 'index_not_found_exception')
    return new IndexMissingError(message, { cause: error });
  // A request that the engine finds wrong is a fault of ours; trying again later would not help.
  if (error instanceof errors.ResponseError && !isTransient(error.statusCode)) return error;
  return new SearchUnavailableError(message, { cause: error });
}

/** Overload and failures, and also a login that is (still, or no longer) refused: somebody will see to it. */
function isTransient(status: number | undefined): boolean {
  return status === undefined || status >= 500 || [401, 403, 408, 429].includes(status);
}
