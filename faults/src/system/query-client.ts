import { createMeowerClient } from '@meower/client/http-client.ts';
import { problemOf } from '@meower/client/problem.ts';
import type { MeowJson } from '@meower/shared/meow/meow.ts';

const PAGE_SIZE = 1000;

/** `GET /meows`, page by page, newest first, down to the id `oldest`. Rejects if any page fails. */
export async function listAllMeows(url: string, oldest = ''): Promise<MeowJson[]> {
  const client = createMeowerClient(url);
  const list: MeowJson[] = [];
  for (;;) {
    const before = list.at(-1)?.id;
    const page = await client.listMeows({ take: PAGE_SIZE, ...(before && { before }) });
    list.push(...page);
    if (page.length < PAGE_SIZE || (list.at(-1)?.id ?? '') < oldest) return list;
  }
}

/** The first page of `GET /meows`. */
export function listNewestMeows(url: string): Promise<MeowJson[]> {
  return createMeowerClient(url).listMeows({ take: PAGE_SIZE });
}

/** `GET /search`. Rejects if the results are marked incomplete. */
export async function searchMeows(url: string, query: string): Promise<MeowJson[]> {
  const { meows, degraded } = await createMeowerClient(url).searchMeows(query, { skip: 0, take: 10 });
  if (degraded) throw new Error('search is degraded');
  return meows;
}

/** `GET /meows/<id>`. Rejects if it is answered with neither 200 nor 404. */
export async function meowExists(url: string, id: string): Promise<boolean> {
  try {
    await createMeowerClient(url).getMeow(id);
    return true;
  } catch (error) {
    if (problemOf(error) === 'missing') return false;
    throw error;
  }
}

/** `GET /readyz`: a sentence with the failed checks, `undefined` if all pass, the optional ones too. */
export async function whyNotReady(url: string): Promise<string | undefined> {
  const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) });
  const text = await response.text();
  const { checks } = JSON.parse(text) as { checks: Record<string, string> };
  const passed = response.status === 200 && Object.values(checks).every((state) => state === 'ok');
  return passed ? undefined : `${url} is not ready: ${text}`;
}
