import type { MeowJson } from '@meower/shared/meow/meow.ts';

const PAGE_SIZE = 1000;
const TIMEOUT_MS = 20_000;

/** `GET /meows`, page by page, newest first, down to the id `oldest`. Rejects if any page fails. */
export async function listAllMeows(url: string, oldest = ''): Promise<MeowJson[]> {
  const list: MeowJson[] = [];
  for (;;) {
    const last = list.at(-1)?.id;
    const page = await getMeows(`${url}/meows?take=${PAGE_SIZE}${last ? `&before=${last}` : ''}`);
    list.push(...page.meows);
    if (page.meows.length < PAGE_SIZE || (list.at(-1)?.id ?? '') < oldest) return list;
  }
}

/** The first page of `GET /meows`. */
export async function listNewestMeows(url: string): Promise<MeowJson[]> {
  return (await getMeows(`${url}/meows?take=${PAGE_SIZE}`)).meows;
}

/** `GET /search`. Rejects if the results are marked incomplete. */
export async function searchMeows(url: string, query: string): Promise<MeowJson[]> {
  const { meows, degraded } = await getMeows(`${url}/search?take=10&query=${encodeURIComponent(query)}`);
  if (degraded) throw new Error('search is degraded');
  return meows;
}

/** `GET /meows/<id>`. Rejects if it is answered with neither 200 nor 404. */
export async function meowExists(url: string, id: string): Promise<boolean> {
  const response = await fetch(`${url}/meows/${id}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await response.text();
  if (response.status !== 200 && response.status !== 404)
    throw new Error(`${url}/meows/${id}: ${response.status} ${text}`);
  return response.status === 200;
}

/** `GET /readyz`: a sentence with the failed checks, `undefined` if all pass, the optional ones too. */
export async function whyNotReady(url: string): Promise<string | undefined> {
  const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) });
  const text = await response.text();
  const { checks } = JSON.parse(text) as { checks: Record<string, string> };
  const passed = response.status === 200 && Object.values(checks).every((state) => state === 'ok');
  return passed ? undefined : `${url} is not ready: ${text}`;
}

async function getMeows(url: string): Promise<{ meows: MeowJson[]; degraded: boolean }> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${url}: ${response.status} ${text}`);
  return { meows: JSON.parse(text) as MeowJson[], degraded: response.headers.has('x-degraded') };
}
