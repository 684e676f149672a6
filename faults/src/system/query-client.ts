import type { MeowJson } from '@meower/shared/schema/meow.ts';

const TAKE = 1000;
const TIMEOUT_MS = 20_000;

/** `GET /meows`, page by page, newest first, down to the id `floor`. Rejects when any page fails. */
export async function readList(url: string, floor = ''): Promise<MeowJson[]> {
  const list: MeowJson[] = [];
  for (;;) {
    const last = list.at(-1)?.id;
    const page = await getMeows(`${url}/meows?take=${TAKE}${last ? `&before=${last}` : ''}`);
    list.push(...page.meows);
    if (page.meows.length < TAKE || (list.at(-1)?.id ?? '') < floor) return list;
  }
}

/** `GET /search`. Rejects also when the search is not complete. */
export async function search(url: string, query: string): Promise<MeowJson[]> {
  const { meows, degraded } = await getMeows(`${url}/search?take=10&query=${encodeURIComponent(query)}`);
  if (degraded) throw new Error('search is degraded');
  return meows;
}

export async function exists(url: string, id: string): Promise<boolean> {
  const answer = await fetch(`${url}/meows/${id}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  await answer.text();
  return answer.status === 200;
}

/** Resolves to what is not ready, by the service's own words; `undefined` when it is. */
export async function notReady(url: string): Promise<string | undefined> {
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) });
  const text = await answer.text();
  return answer.status === 200 ? undefined : `${url} is not ready: ${text}`;
}

async function getMeows(url: string): Promise<{ meows: MeowJson[]; degraded: boolean }> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${text}`);
  return { meows: JSON.parse(text) as MeowJson[], degraded: answer.headers.has('x-degraded') };
}
