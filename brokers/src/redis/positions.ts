import type { Position } from '@meower/shared/message/capabilities.ts';

export const BEGINNING = '0-0';

/**
 * Where a reader is in the streams of several topics: an id for each. Written as one id where it is the same
 * for all, otherwise as `topic=id&topic=id`.
 */
export type Cursor = Map<string, string>;

export function parseCursor(position: Position | undefined, topics: readonly string[]): Cursor {
  const ids = new URLSearchParams(position?.includes('=') ? position : '');
  const common = position && !position.includes('=') ? position : BEGINNING;
  return new Map(topics.map((topic) => [topic, ids.get(topic) ?? common]));
}

export function formatCursor(cursor: Cursor): Position {
  const [first = BEGINNING] = cursor.values();
  return cursor.size < 2 ? first : new URLSearchParams([...cursor]).toString();
}

/** Negative when `a` is the earlier id. */
export function compareIds(a: string, b: string): number {
  const [aMs = '0', aSeq = '0'] = a.split('-');
  const [bMs = '0', bSeq = '0'] = b.split('-');
  return Number(aMs) - Number(bMs) || Number(BigInt(aSeq) - BigInt(bSeq));
}
