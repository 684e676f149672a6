import { createSingleFlight } from '@meower/shared/async/single-flight.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import { type PreparedResponse, prepareResponse } from '@meower/shared/http/prepared-response.ts';
import { meowToJson } from '@meower/shared/schema/meow.ts';

/** Part of the list: from `skip`, or below the id `before`. */
export interface Page {
  before?: string;
  skip: number;
  take: number;
}

/** Different pages that may be read at once; the database's connections are fewer, so most of them wait. */
const MAX_PAGES = 500;

interface VersionedResponse extends PreparedResponse {
  /** Of the database, at the latest when the page was read; unknown when nobody had asked. */
  version?: string;
}

/**
 * Pages of the list as they are sent. Requests for the same page share the next query to start, its JSON and its ETag: under load most ask for the
 * first one. Where one query follows on another, the page is read again only if the database has changed. Rejects with `OverloadedError`.
 */
export function createListPages(
  repository: Pick<MeowRepository, 'dataVersion' | 'listMeows' | 'listMeowsBefore'>,
): (page: Page) => Promise<PreparedResponse> {
  const read = async (key: string): Promise<PreparedResponse> => {
    const { before, skip, take } = JSON.parse(key) as Page;
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
    // Asked before the page is read, which may then be newer than its version, but never older.
    const version = await repository.dataVersion();
    return version === latest.version ? latest : { ...(await read(key)), version };
  };
  const ask = createSingleFlight(readIfChanged, { maxKeys: MAX_PAGES });
  return ({ before, skip, take }) => ask(JSON.stringify({ before, skip, take }));
}
