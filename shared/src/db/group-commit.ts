import { type BatcherOptions, createBatcher, type Outcomes } from '../async/batcher.ts';
import type { OutboxEntry } from '../outbox/outbox.ts';
import { errorCode } from '../process/error-details.ts';
import type { MeowRepository, MeowToInsert } from './meow-repository.ts';

/** The idempotency key belongs to a meow with another body. */
export class KeyTakenError extends Error {
  override name = 'KeyTakenError';
}

/**
 * Inserts single meows in batches that share a commit. A meow that cannot be stored does not fail the others
 * of its batch: the batch is then stored meow by meow.
 */
interface GroupCommit {
  /**
   * Resolves to the id under which the meow is stored (see `MeowRepository.insertMeows`). Rejects with
   * `OverloadedError` when too many wait, with `KeyTakenError` when its key belongs to another meow.
   */
  insert(entry: MeowToInsert): Promise<string>;
  /** Resolves when everything accepted so far is stored or rejected. */
  idle(): Promise<void>;
}

interface GroupCommitOptions extends BatcherOptions {
  /** How long `onCommitted` has to publish the events before the relay's sweep does, in milliseconds. */
  dueAfterMs: number;
  /** Called once for each commit with its events. Must not throw. */
  onCommitted(events: readonly OutboxEntry[]): void;
}

export function createGroupCommit(
  repository: Pick<MeowRepository, 'insertMeows'>,
  { dueAfterMs, onCommitted, ...options }: GroupCommitOptions,
): GroupCommit {
  const store = async (entries: readonly MeowToInsert[]): Promise<(string | KeyTakenError)[]> => {
    const inserted = await repository.insertMeows(entries, { dueAfterMs });
    onCommitted(inserted.flatMap(({ event }) => event ?? []));
    return inserted.map(({ id, keyTaken }) =>
      keyTaken ? new KeyTakenError(`the meow ${id} has the key`) : id,
    );
  };

  const storeEach = (entries: readonly MeowToInsert[]): Promise<Outcomes<string>> =>
    Promise.all(
      entries.map((entry) =>
        store([entry]).then(
          ([id = '']) => id,
          (error: Error) => error,
        ),
      ),
    );

  const batcher = createBatcher<MeowToInsert, string>(async (entries): Promise<Outcomes<string>> => {
    try {
      return await store(entries);
    } catch (error) {
      if (entries.length === 1 || !isRefusal(error)) throw error;
      return storeEach(entries);
    }
  }, options);

  return { insert: batcher.add, idle: batcher.idle };
}

/**
 * Whether the database refused what a row holds (SQLSTATE classes 22 "data exception" and 23 "integrity
 * constraint violation"). Any other error, such as a lost connection, leaves open whether the batch was
 * stored: trying again could store it twice.
 */
function isRefusal(error: unknown): boolean {
  return /^2[23]/.test(String(errorCode(error)));
}
