import type { MeowJson, Timestamp } from '@meower/shared/meow/meow.ts';
import { unescapeHtml } from '@meower/shared/meow/meow-body.ts';

/** A meow as the page shows it, with its text as typed. Frozen, so that Vue does not make it reactive. */
export interface Meow {
  readonly id: string;
  readonly text: string;
  readonly createdAt: Timestamp;
}

export function meowFromWire({ id, body, created_at: createdAt }: MeowJson): Meow {
  return Object.freeze({ id, text: unescapeHtml(body), createdAt });
}

/** Every meow of both lists once, newest (highest id) first. Where both have an id, `incoming` wins. */
export function mergeMeows(known: readonly Meow[], incoming: readonly Meow[]): Meow[] {
  const byId = new Map(known.map((meow) => [meow.id, meow]));
  for (const meow of incoming) byId.set(meow.id, meow);
  return [...byId.values()].sort(newestFirst);
}

function newestFirst(a: Meow, b: Meow): number {
  if (a.id === b.id) return 0;
  return a.id > b.id ? -1 : 1;
}

/** The list without these meows; the same list when it has none of them. */
export function without(meows: readonly Meow[], ids: ReadonlySet<string>): readonly Meow[] {
  return meows.some(({ id }) => ids.has(id)) ? meows.filter(({ id }) => !ids.has(id)) : meows;
}
