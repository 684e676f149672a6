import { sleep } from '../async/sleep.ts';

/** A row as both sides have it: equal states mean that nothing differs. */
export interface ComparedRow {
  id: number;
  state: string;
}

/** Numbers of rows. */
export type Differences = Record<'compared' | 'missing' | 'outdated' | 'surplus', number>;

export interface Sides {
  /** Rows of the source with a greater id, in the order of ids; fewer than `limit` only at the end. */
  source(after: number, limit: number): Promise<ComparedRow[]>;
  /** Rows of the copy with an id above `after` and up to `upTo`. */
  copy(after: number, upTo: number): Promise<readonly ComparedRow[]>;
}

const PAGE = 1000;
/** How long a change may take to reach the copy. */
const SETTLE_MS = 2000;

/**
 * Compares a copy with its source, page by page. What differs only for a moment is not counted: it is on its
 * way.
 */
export async function findDifferences(sides: Sides, settleMs = SETTLE_MS): Promise<Differences> {
  const { compared, found } = await compare(sides);
  const differences = { compared, missing: 0, outdated: 0, surplus: 0 };
  if (found.size === 0) return differences;
  await sleep(settleMs);
  const again = await compare(sides);
  for (const [row, kind] of again.found) if (found.get(row) === kind) differences[kind]++;
  return differences;
}

async function compare({ source, copy }: Sides) {
  const found = new Map<string, 'missing' | 'outdated' | 'surplus'>();
  let compared = 0;
  for (let after = 0, isLast = false; !isLast; ) {
    const page = await source(after, PAGE);
    isLast = page.length < PAGE;
    const upTo = isLast ? Number.MAX_SAFE_INTEGER : (page.at(-1)?.id ?? 0);
    const copied = new Map((await copy(after, upTo)).map(({ id, state }) => [id, state]));
    for (const { id, state } of page) {
      if (copied.get(id) !== state) found.set(`${id} ${state}`, copied.has(id) ? 'outdated' : 'missing');
      copied.delete(id);
    }
    for (const [id, state] of copied) found.set(`${id} ${state}`, 'surplus');
    compared += page.length;
    after = upTo;
  }
  return { compared, found };
}
