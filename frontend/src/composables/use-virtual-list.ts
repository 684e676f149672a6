import { computed, onBeforeUnmount, onMounted, type Ref, ref, watch } from 'vue';
import { nextTask } from '../tasks.ts';

/** Height of an item that has not been rendered yet. */
const ESTIMATED_PX = 104;
/** The header may cover items that start above this. */
const HEADER_PX = 120;
/** How far above and below the window items are rendered. */
const MARGIN_PX = 900;
/** At first, so much more of the list is rendered in each task: one long task would block input. */
const STEP_PX = 400;

/**
 * Renders only the items of a long list that are in or near the window. Spacers take the place of the others,
 * with the heights measured when they were last rendered. Where that differs from the height of an item that is
 * rendered now, the browser keeps the place, since it anchors the scroll position to an item in the window. It
 * would not if the list had a padding instead. `place` contains the spacers and the `list` of rendered items.
 */
export function useVirtualList(
  ids: Ref<readonly string[]>,
  place: Ref<HTMLElement | null>,
  list: Ref<HTMLElement | null>,
) {
  const heights = new Map<string, number>();
  const measured = ref(0);
  const view = ref({ top: 0, bottom: 0 });
  /** Items that start further below the top of the window are not rendered yet. */
  const reach = ref(STEP_PX);
  const printing = ref(false);
  let width = 0;

  /** Where each item starts, and where the last one ends. */
  const offsets = computed(() => {
    void measured.value;
    const starts = [0];
    let offset = 0;
    for (const id of ids.value) {
      offset += heights.get(id) ?? ESTIMATED_PX;
      starts.push(offset);
    }
    return starts;
  });

  const bottom = computed(() =>
    Math.min(view.value.bottom + MARGIN_PX, Math.max(0, view.value.top) + reach.value),
  );
  // Computed numbers: a scroll that changes neither causes no rendering.
  const end = computed(() =>
    printing.value ? ids.value.length : Math.min(ids.value.length, lowerBound(offsets.value, bottom.value)),
  );
  const first = computed(() =>
    printing.value
      ? 0
      : Math.min(end.value, Math.max(0, lowerBound(offsets.value, view.value.top - MARGIN_PX) - 1)),
  );
  const spaceAbove = computed(() => offsets.value[first.value] ?? 0);
  const spaceBelow = computed(() => (offsets.value.at(-1) ?? 0) - (offsets.value[end.value] ?? 0));

  const observed = new WeakSet<HTMLElement>();
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) remember(target);
  });

  function remember(item: Element): void {
    const { id } = (item as HTMLElement).dataset;
    const { height } = item.getBoundingClientRect();
    // An item of a hidden list has no height. The last measurement is still right.
    if (id === undefined || height === 0 || height === heights.get(id)) return;
    heights.set(id, height);
    measured.value++;
  }

  /** Another width changes all heights, but not which item is the first below the header, and where. */
  function resize(): void {
    if (list.value?.isConnected && list.value.clientWidth !== width) keepPlace(list.value);
    measure();
  }

  function keepPlace({ children, clientWidth }: HTMLElement): void {
    width = clientWidth;
    const { top } = view.value;
    const index = lowerBound(offsets.value, top + HEADER_PX);
    const anchor = children[index - first.value];
    const anchorTop = (offsets.value[index] ?? 0) - top;
    for (const item of children) remember(item);
    if (top > 0 && anchor)
      scrollBy({ top: anchor.getBoundingClientRect().top - anchorTop, behavior: 'instant' });
  }

  /** Finds out which part of the list is in the window. */
  function measure(): void {
    // In a deactivated view, nothing has a position.
    if (!place.value?.isConnected) return;
    const { top } = place.value.getBoundingClientRect();
    view.value = { top: -top, bottom: window.innerHeight - top };
  }

  /** For the `ref` of each rendered item. */
  function observe(element: unknown): void {
    if (!(element instanceof HTMLElement) || observed.has(element)) return;
    observed.add(element);
    resized.observe(element);
  }

  watch(ids, (now) => {
    // Heights of removed items would accumulate over days.
    if (heights.size < 2 * now.length + 1_000) return;
    const kept = new Set(now);
    for (const id of heights.keys()) if (!kept.has(id)) heights.delete(id);
  });

  function begin(): void {
    width = list.value?.clientWidth ?? 0;
    measure();
    void widen();
  }

  async function widen(): Promise<void> {
    while (reach.value < window.innerHeight + MARGIN_PX) {
      await nextTask();
      reach.value += STEP_PX;
    }
    reach.value = Number.POSITIVE_INFINITY;
  }

  const mounted = new AbortController();
  const { signal } = mounted;
  onMounted(() => {
    // Before the next paint. Now, it would force a layout in the middle of rendering.
    requestAnimationFrame(begin);
    addEventListener('scroll', measure, { passive: true, signal });
    addEventListener('resize', resize, { passive: true, signal });
    // Paper shows every item.
    addEventListener('beforeprint', () => (printing.value = true), { signal });
    addEventListener('afterprint', () => (printing.value = false), { signal });
  });
  onBeforeUnmount(() => {
    resized.disconnect();
    mounted.abort();
  });

  return { first, end, spaceAbove, spaceBelow, observe, measure };
}

/** Index of the first value in an ascending list that is not below `limit`. */
function lowerBound(values: readonly number[], limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
