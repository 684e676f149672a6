import type { MeowJson } from '@meower/shared/schema/meow.ts';
import { expect } from 'vitest';
import type { Subject } from './system-under-test.ts';

const TIMEOUT_MS = 15_000;

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Throws when the answer is no JSON. */
  readonly json: unknown;
}

/** Speaks HTTP with Meower. What the wire says is returned; only the short forms check it. */
export class Client {
  readonly #subject: Pick<Subject, 'url'>;

  constructor(subject: Pick<Subject, 'url'>) {
    this.#subject = subject;
  }

  async request(path: string, init?: RequestInit): Promise<Answer> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(this.#subject.url() + path, { signal, ...init });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      get json() {
        return JSON.parse(text);
      },
    };
  }

  /** `POST /meows` with a form. */
  postForm(fields: Record<string, string>): Promise<Answer> {
    return this.request('/meows', { method: 'POST', body: new URLSearchParams(fields) });
  }

  /** `POST /meows` with JSON text. */
  postJson(json: string, type = 'application/json'): Promise<Answer> {
    return this.request('/meows', { method: 'POST', body: json, headers: { 'content-type': type } });
  }

  /** Posts a meow that has to be taken, and gives its id. */
  async meow(body: string): Promise<string> {
    return idOf(await this.postForm({ body }));
  }

  /** Posts one after the other. */
  async meows(...bodies: string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const body of bodies) ids.push(await this.meow(body));
    return ids;
  }

  async list(parameters = ''): Promise<MeowJson[]> {
    return meowsOf(await this.request(`/meows?${parameters}`));
  }

  async search(query: string, parameters = ''): Promise<MeowJson[]> {
    return meowsOf(await this.request(`/search?query=${encodeURIComponent(query)}&${parameters}`));
  }

  /** The listed meow; it is among the newest. */
  async listed(id: string): Promise<MeowJson> {
    const meow = (await this.list('take=1000')).find((listed) => listed.id === id);
    if (!meow) throw new Error(`${id} is not listed`);
    return meow;
  }
}

/** The id in the answer to a post that has to be taken. */
export function idOf(answer: Answer): string {
  expect(answer).toMatchObject({ status: 200 });
  return (answer.json as { id: string }).id;
}

function meowsOf(answer: Answer): MeowJson[] {
  expect(answer).toMatchObject({ status: 200 });
  return answer.json as MeowJson[];
}

/** `{"error"}` with this status and, when it is given, this sentence. */
export function expectError(answer: Answer, status: number, message?: string): void {
  expect({ status: answer.status, type: answer.headers.get('content-type'), json: answer.json }).toEqual({
    status,
    type: 'application/json; charset=utf-8',
    json: { error: message ?? expect.stringMatching(/./) },
  });
}

/** `{"error"}` with any status that blames the caller. */
export function expectRefusal(answer: Answer): void {
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expectError(answer, answer.status);
}
