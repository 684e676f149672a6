import type { Found, PageHistory } from './history.ts';
import type { Verdicts } from './verdict.ts';

/**
 * Replays what each page has seen. A frame that repeats one of the same history is doubled; after a "fetch again" the page drops what its list has
 * already, so there it is not. Positions must grow for as long as the page lives, and mean the same meow to all pages.
 */
export function judgePages(
  pages: readonly PageHistory[],
  listed: readonly Found[],
  verdicts: Verdicts,
): void {
  const idAt = new Map<number, string>();
  const stored = new Set(listed.map(({ id }) => id));
  for (const page of pages) {
    const received = replay(page, idAt, verdicts);
    for (const { id } of listed) {
      verdicts.checked('pages');
      if (!received.has(id)) verdicts.violated('lost', page.name, id);
    }
    for (const id of received) {
      if (!stored.has(id)) verdicts.violated('altered', page.name, `${id} is not in the list`);
    }
  }
}

function replay(
  { name, events }: PageHistory,
  idAt: Map<number, string>,
  { violated }: Verdicts,
): Set<string> {
  const received = new Set<string>();
  let history = new Set<string>();
  let position = -1;
  let needsList = false;

  for (const event of events) {
    switch (event.kind) {
      case 'connected':
        if (event.cursor === undefined) {
          history = new Set();
          needsList = true;
        }
        break;
      case 'refetch':
        history = new Set();
        needsList = true;
        break;
      case 'list':
        for (const id of event.ids) received.add(id);
        needsList = false;
        break;
      case 'meow': {
        const { seq, id } = event;
        if (history.has(id)) violated('doubled', name, `${id} came again at ${seq}`);
        else if (seq <= position) violated('disordered', name, `${seq} came after ${position}`);
        const elsewhere = idAt.get(seq);
        if (elsewhere === undefined) idAt.set(seq, id);
        else if (elsewhere !== id)
          violated('disordered', name, `${seq} is ${id} here and ${elsewhere} elsewhere`);
        position = Math.max(position, seq);
        history.add(id);
        received.add(id);
      }
    }
  }
  if (needsList) violated('stuck', name, 'the list was never fetched after it had to be');
  return received;
}
