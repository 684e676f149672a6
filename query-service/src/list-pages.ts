import { createSingleFlight } from '@meower/shared/async/single-flight.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { type PreparedResponse, prepareResponse } from '@meower/shared/http/prepared-response.ts';
import { meowToJson } from '@meower/shared/meow/meow.ts';

/** A page of the list: from `skip`, or of the meows older than the id `before`. */
export interface Page {
  before?: string;
  skip: number;
  take: number;
}

/**
 * Different pages that may be read concurrently. The database has fewer connections, so most of them wait.
 */
const MAX_PAGES = 500;

interface VersionedResponse extends PreparedResponse {
  /** Of the database before the page was read; unknown if it was not queried. */
  dataVersion?: string;
}

/**
 * Reads pages of the list as they are sent. Requests for the same page share the next query to start, its
 * JSON and its ETag: under load most request the first page. Where one query follows directly on another, the
 * page is read again only if the database has changed. Rejects with `OverloadedError`.
 */
export function createListPages(
  repository: Pick<MeowRepository, 'dataVersion' | 'listMeows' | 'listMeowsBefore'>,
): (page: Page) => Promise<PreparedResponse> {
  const read = async (key: string): Promise<PreparedResponse> => {
    const { before, skip, take } = JSON.parse(key) as Page; // written below
    const meows =
      before === undefined
        ? await repository.listMeows(skip, take)
        : await repository.listMeowsBefore(before, take);
    const last = meows.at(-1);
    const link =
      last && meows.length === take ? `</meows?before=${last.id}&take=${take}>; rel="next"` : undefined;
    return prepareResponse(meows.map(meowToJson), link);
  };
  const readIfChanged = async (key: string, latest?: VersionedResponse): Promise<VersionedResponse> => {
    if (!latest) return read(key);
    // Queried before the page, which may then be newer than its version, but never older.
    const dataVersion = await repository.dataVersion();
    return dataVersion === latest.dataVersion ? latest : { ...(await read(key)), dataVersion };
  };
  const readShared = createSingleFlight(readIfChanged, { maxKeys: MAX_PAGES });
  return ({ before, skip, take }) => readShared(JSON.stringify({ before, skip, take }));
}
