import type { Challenge } from '@meower/shared/meow/challenge.ts';
import type { MeowJson } from '@meower/shared/meow/meow.ts';
import type { ReportReason } from '@meower/shared/meow/report-reasons.ts';
import axios from 'axios';
import { ApiError, isOverLimit, retryAfterMs, toApiError } from './problem.ts';

export interface SearchResult<M = MeowJson> {
  meows: M[];
  /** The search engine is unavailable or incomplete, so that meows may be missing. */
  degraded: boolean;
}

/** What is wrong with a meow, for the moderators of Meower. */
export interface Report {
  reason: ReportReason;
  text?: string | undefined;
}

/**
 * Meower over HTTP. `M` is what the caller makes of a meow. Methods reject with `ApiError`, or as cancelled when the
 * signal aborts.
 */
export interface MeowerClient<M = MeowJson> {
  /** Milliseconds since the Unix epoch: until then, the server has asked for no further requests. */
  readonly busyUntil: number;
  /** The newest meows, or those before an id; newest first. */
  listMeows(page: { take: number; before?: string }): Promise<M[]>;
  getMeow(id: string): Promise<M>;
  /**
   * Posts a meow and resolves to its id. Within an hour, the same `key` posts nothing more; default: a new one.
   * Calls `onProving` when it takes longer, because the server asks for a proof of work.
   */
  createMeow(text: string, key?: string, onProving?: () => void): Promise<string>;
  /** Resolves to false if this Meower accepts no reports. */
  reportMeow(id: string, report: Report): Promise<boolean>;
  searchMeows(
    query: string,
    page: { skip: number; take: number; signal?: AbortSignal },
  ): Promise<SearchResult<M>>;
}

export interface MeowerClientOptions<M> {
  /** Default: the meow as it is sent. */
  readMeow?(json: MeowJson): M;
  /** Solves the challenge of a proof of work; resolves to the `Altcha` header. Without it such posts are refused. */
  solve?(challenge: Challenge): Promise<string>;
  /** Gets the header `Date` of each answer. */
  onDate?(date: unknown): void;
}

const TIMEOUT_MS = 15_000;

/** `baseURL`: such as `http://localhost:8080`; empty for the server of the page. */
export function createMeowerClient<M = MeowJson>(
  baseURL: string,
  options: MeowerClientOptions<M> = {},
): MeowerClient<M> {
  const {
    // M is MeowJson unless `readMeow` is given.
    readMeow = (json: MeowJson) => json as M,
    solve = () => Promise.reject(new Error('no solver')),
    onDate,
  } = options;
  let busyUntil = 0;
  const http = axios.create({ baseURL, timeout: TIMEOUT_MS });
  http.interceptors.response.use(
    (answer) => {
      onDate?.(answer.headers.date);
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

  async function post(text: string, headers: Record<string, string>): Promise<string> {
    const { data } = await http.post<Partial<MeowJson> | undefined>('/meows', { body: text }, { headers });
    if (typeof data?.id !== 'string') throw notFromMeower();
    return data.id;
  }

  function read(data: MeowJson): M {
    if (typeof data?.id !== 'string' || typeof data.body !== 'string') throw notFromMeower();
    return readMeow(data);
  }

  function readAll(data: unknown): M[] {
    if (!Array.isArray(data)) throw notFromMeower();
    return data.map(read);
  }

  return {
    get busyUntil() {
      return busyUntil;
    },
    async listMeows({ take, before }) {
      const { data } = await http.get<MeowJson[]>('/meows', { params: query({ take, before }) });
      return readAll(data);
    },
    async getMeow(id) {
      const { data } = await http.get<MeowJson>(`/meows/${encodeURIComponent(id)}`);
      return read(data);
    },
    async createMeow(text, key = crypto.randomUUID(), onProving) {
      const headers = { 'Idempotency-Key': key, traceparent: newTraceparent() };
      try {
        return await post(text, headers);
      } catch (error) {
        if (!(error instanceof ApiError && isOverLimit(error))) throw error;
        onProving?.();
        return await post(text, { ...headers, Altcha: await prove(key, error) });
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
      return { meows: readAll(data), degraded: headers['x-degraded'] === 'search' };
    },
  };
}

/** Begins a trace (W3C Trace Context). Not sampled: nothing is recorded here, and the server decides for itself. */
function newTraceparent(): string {
  const bytes = [...crypto.getRandomValues(new Uint8Array(24))];
  const hex = bytes.map((byte) => (256 + byte).toString(16).slice(1)).join('');
  return `00-${hex.slice(16)}-${hex.slice(0, 16)}-00`;
}

/** The build leaves out what encodes an object, see vite.config.ts. */
function query(parameters: Record<string, string | number | undefined>): URLSearchParams {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
}

/** The answer of something else, such as the login page of a Wi-Fi. */
function notFromMeower(): ApiError {
  return new ApiError('unreachable', new TypeError('the answer does not come from Meower'));
}
