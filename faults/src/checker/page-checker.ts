import type { PageHistory, StoredMeow } from './history.ts';
import type { VerdictBuilder } from './verdict.ts';

/**
 * Replays what each page received. A meow may arrive twice only across a refetch or a new start without a
 * cursor, where the page drops what it already has. Positions must grow for as long as the page lives, and
 * denote the same event on all pages.
 */
export function checkPages(
  pages: readonly PageHistory[],
  listed: readonly StoredMeow[],
  deleted: ReadonlySet<string>,
  builder: VerdictBuilder,
): void {
  const eventBySeq = new Map<number, string>();
  const stored = new Set(listed.map(({ id }) => id));
  for (const page of pages) {
    const shown = replay(page, eventBySeq, builder);
    for (const { id } of listed) {
      builder.countCheck('pages');
      if (!shown.has(id)) builder.addViolation('lost', page.name, id);
    }
    for (const id of shown) {
      if (stored.has(id)) continue;
      if (deleted.has(id)) builder.addViolation('resurrected', page.name, `${id} is shown`);
      else builder.addViolation('altered', page.name, `${id} is not listed`);
    }
  }
}

/** Returns the ids of all meows that the page shows at the end. */
function replay(
  { name, events }: PageHistory,
  eventBySeq: Map<number, string>,
  { addViolation }: VerdictBuilder,
): Set<string> {
  const shown = new Set<string>();
  const removed = new Set<string>();
  /** As they were when the page began to fetch the list. */
  let before = { shown: new Set<string>(), removed: new Set<string>() };
  let sinceRefetch = new Set<string>();
  let position = -1;
  let needsList = false;

  const moveTo = (seq: number, event: string) => {
    if (seq <= position) addViolation('reordered', name, `${seq} came after ${position}`);
    const elsewhere = eventBySeq.get(seq);
    if (elsewhere === undefined) eventBySeq.set(seq, event);
    else if (elsewhere !== event)
      addViolation('reordered', name, `${seq} is ${event} here and ${elsewhere} on another page`);
    position = Math.max(position, seq);
  };
  /**
   * A meow that was shown and is missing has been deleted. A deletion that came meanwhile is newer than the
   * list.
   */
  const showList = (ids: readonly string[], downTo: string) => {
    const listed = new Set(ids);
    for (const id of before.shown) if (id >= downTo && !listed.has(id)) shown.delete(id);
    for (const id of listed) {
      if (before.removed.has(id))
        addViolation('resurrected', name, `${id} is in a list that was fetched after its deletion`);
      if (!removed.has(id)) shown.add(id);
    }
  };

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
      case 'fetching':
        before = { shown: new Set(shown), removed: new Set(removed) };
        break;
      case 'list':
        showList(event.ids, event.downTo);
        needsList = false;
        break;
      case 'deleted':
        moveTo(event.seq, `the deletion of ${event.id}`);
        removed.add(event.id);
        shown.delete(event.id);
        break;
      case 'meow': {
        const { seq, id } = event;
        if (sinceRefetch.has(id)) addViolation('duplicated', name, `${id} came again at ${seq}`);
        else moveTo(seq, id);
        if (removed.has(id)) addViolation('resurrected', name, `${id} came at ${seq}, after its deletion`);
        sinceRefetch.add(id);
        shown.add(id);
      }
    }
  }
  if (needsList) addViolation('stuck', name, 'the list was not fetched after a refetch');
  return shown;
}
