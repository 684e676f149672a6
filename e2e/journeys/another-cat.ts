import { type APIRequestContext, expect } from '@playwright/test';

/** Somebody else who posts, somewhere. */
export class AnotherCat {
  readonly #request: APIRequestContext;

  constructor(request: APIRequestContext) {
    this.#request = request;
  }

  /** Posts a meow and gives its id. */
  async post(body: string): Promise<string> {
    const response = await this.#request.post('/meows', { form: { body } });
    expect(response.status()).toBe(200);
    return (await response.json()).id;
  }

  /** Posts one after the other; gives the ids. */
  async postAll(bodies: readonly string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const body of bodies) ids.push(await this.post(body));
    return ids;
  }

  /** Posts many at once, in any order. */
  async burst(bodies: readonly string[]): Promise<void> {
    const waiting = [...bodies];
    const cats = Array.from({ length: 10 }, async () => {
      for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) await this.post(body);
    });
    await Promise.all(cats);
  }

  /** Resolves when a search for the word finds so many. */
  async findable(word: string, count: number): Promise<void> {
    await expect
      .poll(async () => (await (await this.#request.get(`/search?query=${word}&take=1000`)).json()).length)
      .toBe(count);
  }
}
