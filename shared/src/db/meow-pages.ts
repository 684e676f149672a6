import type { Meow } from '../meow/meow.ts';
import type { MeowRepository } from './meow-repository.ts';

const PAGE = 1000;

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
