import type { MeowJson } from '@meower/shared/meow/meow.ts';
import { expect } from 'vitest';
import { expectDocumented, type HttpDocument } from './documented.ts';
import type { SystemUnderTest } from './system-under-test.ts';

const TIMEOUT_MS = 15_000;

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Throws if the text is not JSON. */
  readonly json: unknown;
}

/** Sends HTTP requests to Meower, whose answers must be in the document of the interface. `request`, `postForm` and `postJson` return any response; the others expect a 200. */
export class HttpClient {
  readonly #system: Pick<SystemUnderTest, 'url'>;

  readonly #document: HttpDocument;

  constructor(system: Pick<SystemUnderTest, 'url'>, document: HttpDocument = 'openapi.json') {
    this.#system = system;
    this.#document = document;
  }

  async request(path: string, init?: RequestInit): Promise<Answer> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(this.#system.url() + path, { signal, ...init });
    const text = await response.text();
    const answer: Answer = {
      status: response.status,
      headers: response.headers,
      text,
      get json() {
        return JSON.parse(text);
      },
    };
    expectDocumented(this.#document, init?.method ?? 'GET', path, answer);
    return answer;
  }

  /** `POST /meows` with a form. */
  postForm(fields: Record<string, string>): Promise<Answer> {
    return this.request('/meows', { method: 'POST', body: new URLSearchParams(fields) });
  }

  /** `POST /meows` with JSON text. */
  postJson(json: string, type = 'application/json'): Promise<Answer> {
    return this.request('/meows', { method: 'POST', body: json, headers: { 'content-type': type } });
  }

  /** Posts a meow that must be accepted; returns its id. */
  async postMeow(body: string): Promise<string> {
    return idOf(await this.postForm({ body }));
  }

  /** Posts meows one after the other; returns their ids. */
  async postMeows(...bodies: string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const body of bodies) ids.push(await this.postMeow(body));
    return ids;
  }

  async list(parameters = ''): Promise<MeowJson[]> {
    return meowsOf(await this.request(`/meows?${parameters}`));
  }

  async search(query: string, parameters = ''): Promise<MeowJson[]> {
    return meowsOf(await this.request(`/search?query=${encodeURIComponent(query)}&${parameters}`));
  }

  /** The meow as it is listed among the newest 1000. */
  async listed(id: string): Promise<MeowJson> {
    const meow = (await this.list('take=1000')).find((listed) => listed.id === id);
    if (!meow) throw new Error(`${id} is not listed`);
    return meow;
  }
}

/** The id from the answer to a post that must be accepted. */
export function idOf(answer: Answer): string {
  expect(answer).toMatchObject({ status: 200 });
  return (answer.json as { id: string }).id;
}

function meowsOf(answer: Answer): MeowJson[] {
  expect(answer).toMatchObject({ status: 200 });
  return answer.json as MeowJson[];
}

/** Expects `{"error"}` with this status and, if given, this message. */
export function expectError(answer: Answer, status: number, message?: string): void {
  expect({ status: answer.status, type: answer.headers.get('content-type'), json: answer.json }).toEqual({
    status,
    type: 'application/json; charset=utf-8',
    json: { error: message ?? expect.stringMatching(/./) },
  });
}

/** Expects `{"error"}` with any 4xx status. */
export function expectRefusal(answer: Answer): void {
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expectError(answer, answer.status);
}
