import { createMeowerClient, type MeowerClient } from '@meower/client/http-client.ts';
import { expect } from '@playwright/test';

/** Another client, which posts through the API. */
export class AnotherCat {
  readonly #meower: MeowerClient;

  constructor(url: string) {
    this.#meower = createMeowerClient(url);
  }

  /** Posts a meow and resolves to its id. */
  post(body: string): Promise<string> {
    return this.#meower.createMeow(body);
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
      .poll(async () => (await this.#meower.searchMeows(word, { skip: 0, take: 1000 })).meows.length)
      .toBe(count);
  }
}
