import { StartError } from './start-error.ts';

/**
 * For commands that ask a running service: the text of its answer. Rejects with `StartError` if nothing answers
 * there, and with the text of the answer if the service refuses.
 */
export async function fetchText(url: string, init?: RequestInit): Promise<string> {
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw new StartError(`nothing answers at ${url}: start the service first`, { cause });
  });
  const text = await response.text();
  if (!response.ok) throw new StartError(text);
  return text;
}
