import { lookup } from 'node:dns/promises';
import { errorMessage } from '@meower/shared/process/error-details.ts';
import type { z } from 'zod';

const TIMEOUT_MS = 10_000;

/** What one process answers, or why there is no answer. */
export type Answer<T> = { address: string } & ({ answer: T } | { problem: string });

/** The processes behind each URL: a name of compose has an address for each replica. */
export async function findProcesses(urls: readonly string[]): Promise<Answer<string>[]> {
  const found = await Promise.all(
    urls.map(async (text): Promise<Answer<string>[]> => {
      const url = new URL(text);
      try {
        const addresses = await lookup(url.hostname, { all: true, family: 4 });
        return addresses.map(({ address }) => ({
          address: `${url.hostname === address ? '' : `${url.hostname} `}${address}:${url.port}`,
          answer: Object.assign(new URL(url), { hostname: address }).origin,
        }));
      } catch (error) {
        return [{ address: url.host, problem: errorMessage(error) }];
      }
    }),
  );
  return found.flat();
}

/** Asks all processes for a path. */
export async function askProcesses<T>(
  urls: readonly string[],
  path: string,
  read: (response: Response) => Promise<T>,
): Promise<Answer<T>[]> {
  const processes = await findProcesses(urls);
  return Promise.all(
    processes.map(async (one): Promise<Answer<T>> => {
      if ('problem' in one) return one;
      const { address } = one;
      try {
        const response = await fetch(one.answer + path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
        if (!response.ok) return { address, problem: `${path} is answered with ${response.status}` };
        return { address, answer: await read(response) };
      } catch (error) {
        const cause = error instanceof Error && error.cause ? error.cause : error;
        return { address, problem: errorMessage(cause) };
      }
    }),
  );
}

export function readAs<T>(schema: z.ZodType<T>): (response: Response) => Promise<T> {
  return async (response) => schema.parse(await response.json());
}
