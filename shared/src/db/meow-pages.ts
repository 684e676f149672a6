import type { Meow } from '../meow/meow.ts';
import type { MeowRepository } from './meow-repository.ts';

const PAGE = 1000;
const ID_PAGE = 10_000;

/** Every meow, oldest first, in pages of at most 1000. Throws the signal's reason when it aborts. */
export async function* meowPages(
  repository: Pick<MeowRepository, 'listMeowsAfter'>,
  signal: AbortSignal,
): AsyncGenerator<Meow[], void> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    signal.throwIfAborted();
    const meows = await repository.listMeowsAfter(after, PAGE);
    if (meows.length > 0) yield meows;
    after = meows.length < PAGE ? undefined : meows.at(-1)?.id;
  }
}

/**
 * The ids of all deleted meows, ascending, in pages of at most 10,000. Throws the signal's reason when it
 * aborts.
 */
export async function* deletedIdPages(
  repository: Pick<MeowRepository, 'listDeletedAfter'>,
  signal: AbortSignal,
): AsyncGenerator<string[], void> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    signal.throwIfAborted();
    const ids = await repository.listDeletedAfter(after, ID_PAGE);
    if (ids.length > 0) yield ids;
    after = ids.length < ID_PAGE ? undefined : ids.at(-1);
  }
}
