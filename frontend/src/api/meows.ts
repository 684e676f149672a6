import type { MeowJson } from '@meower/shared/meow/meow.ts';
import type { Challenge } from 'altcha-lib';
import axios from 'axios';
import { readServerTime } from '../clock.ts';
import { type Meow, meowFromWire } from '../meow/meow.ts';
import { ApiError, isOverLimit, retryAfterMs, toApiError } from './problem.ts';

export interface SearchResult {
  meows: Meow[];
  /** The search engine is unavailable or incomplete, so that meows may be missing. */
  degraded: boolean;
}

/** What is wrong with a meow, for the moderators of Meower. */
export interface Report {
  reason: ReportReason;
  text?: string | undefined;
}

export const REPORT_REASONS = ['spam', 'abuse', 'illegal', 'other'] as const;
export type ReportReason = (typeof REPORT_REASONS)[number];

/** The services as the page uses them. Methods reject with `ApiError`, or as cancelled when the signal aborts. */
export interface MeowApi {
  /** Milliseconds since the Unix epoch: until then, the server has asked for no further requests. */
  readonly busyUntil: number;
  /** The newest meows, or those before an id; newest first. */
  listMeows(page: { take: number; before?: string }): Promise<Meow[]>;
  getMeow(id: string): Promise<Meow>;
  /**
   * Posts a meow and resolves to its id. Within an hour, the same `key` posts nothing more. Calls `onProving` when
   * it takes longer, because the server asks for a proof of work.
   */
  createMeow(text: string, key: string, onProving?: () => void): Promise<string>;
  /** Resolves to false if this Meower accepts no reports. */
  reportMeow(id: string, report: Report): Promise<boolean>;
  searchMeows(
    query: string,
    page: { skip: number; take: number; signal?: AbortSignal },
  ): Promise<SearchResult>;
}

const TIMEOUT_MS = 15_000;

/** Loaded when it is needed, which is seldom. */
const solveChallenge = async (challenge: Challenge) => (await import('./proof-of-work.ts')).solve(challenge);

export function createMeowApi(baseURL = '', solve = solveChallenge): MeowApi {
  let busyUntil = 0;
  const http = axios.create({ baseURL, timeout: TIMEOUT_MS });
  http.interceptors.response.use(
    (answer) => {
      readServerTime(answer.headers.date);
      return answer;
    },
    (error: unknown) => {
      const problem = toApiError(error);
      busyUntil = Math.max(busyUntil, Date.now() + retryAfterMs(problem));
      return Promise.reject(problem);
    },
  );

  /** A proof of work that lets a post with this key exceed the limit. */
  async function prove(key: string, { retryAfterMs }: ApiError): Promise<string> {
    try {
      return await solve((await http.get<Challenge>('/challenge', { params: query({ key }) })).data);
    } catch (cause) {
      // Of the two failures, the reader should hear of the first: the limit.
      throw new ApiError('busy', cause, retryAfterMs);
    }
  }

  async function post(text: string, key: string, proof?: string): Promise<string> {
    const headers = { 'Idempotency-Key': key, Altcha: proof };
    const { data } = await http.post<Partial<MeowJson> | undefined>('/meows', { body: text }, { headers });
    if (typeof data?.id !== 'string') throw notFromMeower();
    return data.id;
  }

  return {
    get busyUntil() {
      return busyUntil;
    },
    async listMeows({ take, before }) {
      const { data } = await http.get<MeowJson[]>('/meows', { params: query({ take, before }) });
      return readMeows(data);
    },
    async getMeow(id) {
      const { data } = await http.get<MeowJson>(`/meows/${encodeURIComponent(id)}`);
      return readMeow(data);
    },
    async createMeow(text, key, onProving) {
      try {
        return await post(text, key);
      } catch (error) {
        if (!(error instanceof ApiError && isOverLimit(error))) throw error;
        onProving?.();
        return await post(text, key, await prove(key, error));
      }
    },
    async reportMeow(id, report) {
      const { status, data } = await http.post<{ error?: unknown }>(
        `/meows/${encodeURIComponent(id)}/reports`,
        report,
        { validateStatus: (status) => [202, 404, 405].includes(status) },
      );
      if (data?.error === 'Meow not found') throw new ApiError('missing', data);
      return status === 202;
    },
    async searchMeows(text, { skip, take, signal }) {
      const { data, headers } = await http.get<MeowJson[]>('/search', {
        params: query({ query: text, skip, take }),
        signal,
      });
      return { meows: readMeows(data), degraded: headers['x-degraded'] === 'search' };
    },
  };
}

/** The build leaves out what encodes an object, see vite.config.ts. */
function query(parameters: Record<string, string | number | undefined>): URLSearchParams {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
}

function readMeows(data: unknown): Meow[] {
  if (!Array.isArray(data)) throw notFromMeower();
  return data.map(readMeow);
}

function readMeow(data: MeowJson): Meow {
  if (typeof data?.id !== 'string' || typeof data.body !== 'string') throw notFromMeower();
  return meowFromWire(data);
}

/** The answer of something else, such as the login page of a Wi-Fi. */
function notFromMeower(): ApiError {
  return new ApiError('unreachable', new TypeError('the answer does not come from Meower'));
}

/** The address of the pusher. With a cursor, it first sends what came after that. */
export function pusherUrl(cursor: number | undefined, from: Location = location): string {
  const url = new URL('/pusher', from.href.replace(/^http/, 'ws'));
  if (cursor !== undefined) url.searchParams.set('cursor', String(cursor));
  return url.href;
}
