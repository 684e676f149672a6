import type { Meow } from '@meower/shared/meow/meow.ts';
import { createIdGenerator } from '@meower/shared/meow/meow-id.ts';
import type { SearchRepository } from '@meower/shared/search/search-repository.ts';
import type { Progress } from '../report/progress.ts';

/** Words that many sample meows contain. */
export const VOCABULARY = (
  'basket blanket cardboard chasing curtain dinner feather garden keyboard kitten laser ' +
  'mouse nap paw purring sofa sunshine tail tuna window whiskers yarn'
).split(' ');

const BATCH = 2000;

/** Meows of eight words: five from the vocabulary, and two (`17`, `xh`) that no other meow contains. */
export function* sampleMeows(count: number): Generator<Meow> {
  const newMeowId = createIdGenerator();
  for (let n = 0; n < count; n++) {
    const words = Array.from({ length: 5 }, (_, i) => VOCABULARY[(n * (i + 3) + i * i) % VOCABULARY.length]);
    yield { ...newMeowId(), body: `${words.join(' ')} number ${n} x${n.toString(36)}` };
  }
}

export async function indexSampleMeows(
  repository: Pick<SearchRepository, 'insertMeows' | 'refresh'>,
  count: number,
  progress: Progress,
): Promise<void> {
  let done = 0;
  for (const batch of batches(sampleMeows(count), BATCH)) {
    await repository.insertMeows(batch);
    done += batch.length;
    if (done % 20_000 === 0) progress(`indexed ${done} of ${count} meows`);
  }
  await repository.refresh();
}

export function* batches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    if (batch.push(item) < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
