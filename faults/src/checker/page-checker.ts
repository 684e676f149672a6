import type { PageHistory, StoredMeow } from './history.ts';
import type { VerdictBuilder } from './verdict.ts';

/**
 * Replays what each page received. A meow may arrive twice only across a refetch or a new start without a cursor, where the page
 * drops what it already has. Positions must grow for as long as the page lives, and denote the same meow on all pages.
 */
export function checkPages(
  pages: readonly PageHistory[],
  listed: readonly StoredMeow[],
  builder: VerdictBuilder,
): void {
  const idBySeq = new Map<number, string>();
  const stored = new Set(listed.map(({ id }) => id));
  for (const page of pages) {
    const received = replay(page, idBySeq, builder);
    for (const { id } of listed) {
      builder.countCheck('pages');
      if (!received.has(id)) builder.addViolation('lost', page.name, id);
    }
    for (const id of received) {
      if (!stored.has(id)) builder.addViolation('altered', page.name, `${id} is not listed`);
    }
  }
}

/** Returns the ids of all meows that the page received, as frames or in lists. */
function replay(
  { name, events }: PageHistory,
  idBySeq: Map<number, string>,
  { addViolation }: VerdictBuilder,
): Set<string> {
  const received = new Set<string>();
  let sinceRefetch = new Set<string>();
  let position = -1;
  let needsList = false;

  for (const event of events) {
    switch (event.kind) {
      case 'connected':
        if (event.cursor === undefined) {
          sinceRefetch = new Set();
          needsList = true;
        }
        break;
      case 'refetch':
        sinceRefetch = new Set();
        needsList = true;
        break;
      case 'list':
        for (const id of event.ids) received.add(id);
        needsList = false;
        break;
      case 'meow': {
        const { seq, id } = event;
        if (sinceRefetch.has(id)) addViolation('duplicated', name, `${id} came again at ${seq}`);
        else if (seq <= position) addViolation('reordered', name, `${seq} came after ${position}`);
        const elsewhere = idBySeq.get(seq);
        if (elsewhere === undefined) idBySeq.set(seq, id);
        else if (elsewhere !== id)
          addViolation('reordered', name, `${seq} is ${id} here and ${elsewhere} on another page`);
        position = Math.max(position, seq);
        sinceRefetch.add(id);
        received.add(id);
      }
    }
  }
  if (needsList) addViolation('stuck', name, 'the list was not fetched after a refetch');
  return received;
}
