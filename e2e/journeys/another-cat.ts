import { type APIRequestContext, expect } from '@playwright/test';

/** Another client, which posts through the API. */
export class AnotherCat {
  readonly #request: APIRequestContext;

  constructor(request: APIRequestContext) {
    this.#request = request;
  }

  /** Posts a meow and resolves to its id. */
  async post(body: string): Promise<string> {
    const response = await this.#request.post('/meows', { form: { body } });
    expect(response.status()).toBe(200);
    return (await response.json()).id;
  }

  /** Posts meows one after another and resolves to their ids. */
  async postAll(bodies: readonly string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const body of bodies) ids.push(await this.post(body));
    return ids;
  }

  /** Posts meows concurrently, in any order. */
  async burst(bodies: readonly string[]): Promise<void> {
    const remaining = [...bodies];
    const cats = Array.from({ length: 10 }, async () => {
      for (let body = remaining.pop(); body !== undefined; body = remaining.pop()) await this.post(body);
    });
    await Promise.all(cats);
  }

  /** Resolves when a search for the word finds `count` meows. */
  async findable(word: string, count: number): Promise<void> {
    await expect
      .poll(async () => (await (await this.#request.get(`/search?query=${word}&take=1000`)).json()).length)
      .toBe(count);
  }
}
