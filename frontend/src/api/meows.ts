import type { MeowJson } from '@meower/shared/meow/meow.ts';
import axios from 'axios';
import { readServerTime } from '../clock.ts';
import { type Meow, meowFromWire } from '../meow/meow.ts';
import { ApiError, toApiError } from './problem.ts';

export interface SearchResult {
  meows: Meow[];
  /** The search engine is unavailable or incomplete, so that meows may be missing. */
  degraded: boolean;
}

/** The services as the page uses them. Methods reject with `ApiError`, or as cancelled when the signal aborts. */
export interface MeowApi {
  /** The newest meows, or those before an id; newest first. */
  listMeows(page: { take: number; before?: string }): Promise<Meow[]>;
  getMeow(id: string): Promise<Meow>;
  /** Posts a meow and resolves to its id. Within an hour, the same `key` posts nothing more. */
  createMeow(text: string, key: string): Promise<string>;
  searchMeows(
    query: string,
    page: { skip: number; take: number; signal?: AbortSignal },
  ): Promise<SearchResult>;
}

const TIMEOUT_MS = 15_000;

export function createMeowApi(baseURL = ''): MeowApi {
  const http = axios.create({ baseURL, timeout: TIMEOUT_MS });
  http.interceptors.response.use(
    (answer) => {
      readServerTime(answer.headers.date);
      return answer;
    },
    (error: unknown) => Promise.reject(toApiError(error)),
  );

  return {
    async listMeows({ take, before }) {
      const { data } = await http.get<MeowJson[]>('/meows', { params: { take, before } });
      return readMeows(data);
    },
    async getMeow(id) {
      const { data } = await http.get<MeowJson>(`/meows/${encodeURIComponent(id)}`);
      return meowFromWire(data);
    },
    async createMeow(text, key) {
      const { data } = await http.post<{ id: string }>(
        '/meows',
        { body: text },
        { headers: { 'Idempotency-Key': key } },
      );
      return data.id;
    },
    async searchMeows(query, { skip, take, signal }) {
      const { data, headers } = await http.get<MeowJson[]>('/search', {
        params: { query, skip, take },
        signal,
      });
      return { meows: readMeows(data), degraded: headers['x-degraded'] === 'search' };
    },
  };
}

/** Rejects answers that do not come from the service, such as the login page of a Wi-Fi. */
function readMeows(data: unknown): Meow[] {
  if (!Array.isArray(data)) throw new ApiError('broken', new TypeError('the answer is not a list of meows'));
  return data.map(meowFromWire);
}

/** The address of the pusher. With a cursor, it first sends what came after that. */
export function pusherUrl(cursor: number | undefined, from: Location = location): string {
  const url = new URL('/pusher', from.href.replace(/^http/, 'ws'));
  if (cursor !== undefined) url.searchParams.set('cursor', String(cursor));
  return url.href;
}
