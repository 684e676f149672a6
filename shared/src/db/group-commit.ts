import { type BatcherOptions, createBatcher } from '../async/batcher.ts';
import type { MeowRepository, MeowToInsert } from './meow-repository.ts';

/**
 * Inserts of single meows, gathered into batches that share a commit. One that cannot be stored does not fail its neighbours:
 * the batch is then stored meow by meow. Rejects with `OverloadedError` when too many wait.
 */
export interface GroupCommit {
  /** Resolves to the id under which the meow is stored (see `Repository.insertMeows`). */
  insert(entry: MeowToInsert): Promise<string>;
  /** Resolves when everything accepted so far is stored or rejected. */
  idle(): Promise<void>;
}

export interface GroupCommitOptions extends BatcherOptions {
  /** Called once for each commit, with what it stored (not with what had been stored before under the same key). Must not throw. */
  onCommitted(entries: readonly MeowToInsert[]): void;
}

export function createGroupCommit(
  repository: Pick<MeowRepository, 'insertMeows'>,
  { onCommitted, ...options }: GroupCommitOptions,
): GroupCommit {
  const store = async (batch: readonly Pending[]) => {
    const entries = batch.map(({ entry }) => entry);
    const ids = await repository.insertMeows(entries);
    onCommitted(entries.filter(({ meow }, i) => meow.id === ids[i]));
    for (const [i, { resolve }] of batch.entries()) resolve(ids[i] as string);
  };

  const batcher = createBatcher<Pending>(async (batch) => {
    try {
      await store(batch);
    } catch (error) {
      if (batch.length === 1 || !isRefusal(error)) throw error;
      await Promise.all(batch.map((waiting) => store([waiting]).catch(waiting.reject)));
    }
  }, options);

  return {
    insert(entry) {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      batcher.add({ entry, resolve, reject }).catch(reject);
      return promise;
    },
    idle: () => batcher.idle(),
  };
}

interface Pending {
  entry: MeowToInsert;
  resolve: (id: string) => void;
  reject: (error: unknown) => void;
}

/**
 * Whether the database said no to what a row holds (SQLSTATE classes 22 "data exception" and 23 "integrity constraint violation"). Anything
 * else, such as a lost connection, leaves open whether the batch was stored, so that trying again could store it twice.
 */
function isRefusal(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^2[23]/.test(code);
}
