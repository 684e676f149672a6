import type { Meow } from '@meower/shared/schema/meow.ts';
import { createIdGenerator } from '@meower/shared/schema/meow-id.ts';
import type { SearchRepository } from '@meower/shared/search/search-repository.ts';
import type { Progress } from '../report/progress.ts';

export const SOME_WORDS = [
  ...[
    'basket',
    'blanket',
    'cardboard',
    'chasing',
    'curtain',
    'dinner',
    'feather',
    'garden',
    'keyboard',
    'kitten',
  ],
  ...[
    'laser',
    'mouse',
    'nap',
    'paw',
    'purring',
    'sofa',
    'sunshine',
    'tail',
    'tuna',
    'window',
    'whiskers',
    'yarn',
  ],
];

const BATCH = 2000;

/** Meows of eight words: some of the above, some that occur nowhere else. */
export function* someMeows(count: number): Generator<Meow> {
  const newMeowId = createIdGenerator();
  for (let n = 0; n < count; n++) {
    const words = Array.from({ length: 5 }, (_, i) => SOME_WORDS[(n * (i + 3) + i * i) % SOME_WORDS.length]);
    yield { ...newMeowId(), body: `${words.join(' ')} number ${n} x${n.toString(36)}` };
  }
}

export async function indexMeows(
  repository: Pick<SearchRepository, 'insertMeows' | 'refresh'>,
  count: number,
  progress: Progress,
): Promise<void> {
  let batch: Meow[] = [];
  let done = 0;
  for (const meow of someMeows(count)) {
    batch.push(meow);
    if (batch.length < BATCH && done + batch.length < count) continue;
    await repository.insertMeows(batch);
    done += batch.length;
    batch = [];
    if (done % 20_000 === 0) progress(`indexed ${done} of ${count} meows`);
  }
  await repository.refresh();
}
