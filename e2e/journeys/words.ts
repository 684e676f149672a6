import { randomUUID } from 'node:crypto';

/** Text that no other meow has: the database may be shared, and keeps what earlier runs posted. */
export function unique(text: string): string {
  return `${text} ${word()}`;
}

/** A word that no other meow has, nor one that a typing error leads to. */
export function word(): string {
  return `w${randomUUID().replaceAll('-', '').slice(0, 16)}`;
}
