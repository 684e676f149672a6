import { sleep } from '@meower/shared/async/sleep.ts';
import type { MeowRepository } from '@meower/shared/db/meow-repository.ts';
import type { Meow } from '@meower/shared/schema/meow.ts';
import type { IndexOutcome } from '@meower/shared/search/search-repository.ts';

export interface IndexOptions {
  insertMeows(meows: readonly Meow[]): Promise<IndexOutcome[]>;
  signal: AbortSignal;
  onRefused(meow: Meow, reason: string): void;
}

export interface CopyOptions extends IndexOptions {
  repository: Pick<MeowRepository, 'listMeowsAfter'>;
  /** The id to begin after; `''` begins at the first. */
  after: string;
  onProgress?(copied: number): void;
}

const PAGE = 1000;
const BUSY_PAUSE_MS = 500;

/** Copies meows from the database to an index, oldest first. Resolves to the last id copied (`after` when there was none). */
export async function copyMeows(options: CopyOptions): Promise<string> {
  const { repository, signal, onProgress } = options;
  let { after } = options;
  let copied = 0;
  for (;;) {
    signal.throwIfAborted();
    const meows = await repository.listMeowsAfter(after, PAGE);
    await indexAll(meows, options);
    copied += meows.length;
    onProgress?.(copied);
    after = meows.at(-1)?.id ?? after;
    if (meows.length < PAGE) return after;
  }
}

/** Indexes meows until the engine has taken each, or refused it for good. */
export async function indexAll(
  meows: readonly Meow[],
  { insertMeows, signal, onRefused }: IndexOptions,
): Promise<void> {
  let left = meows;
  while (left.length > 0) {
    signal.throwIfAborted();
    const outcomes = await insertMeows(left);
    const busy: Meow[] = [];
    for (const [i, meow] of left.entries()) {
      const outcome = outcomes[i] as IndexOutcome;
      if (outcome.status === 'busy') busy.push(meow);
      if (outcome.status === 'refused') onRefused(meow, outcome.reason);
    }
    left = busy;
    if (left.length > 0) await sleep(BUSY_PAUSE_MS, signal);
  }
}
