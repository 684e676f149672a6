import { computed, onBeforeUnmount, onMounted, type Ref, ref, watch } from 'vue';

/** Height of an item that has not been seen yet. */
const ESTIMATED_PX = 104;
/** How far above and below the window items are kept. */
const MARGIN_PX = 900;

/**
 * Renders of a long list in the page only what is in or near the window. The room of the rest is kept by padding, from
 * the heights measured when it was last rendered, so nothing jumps.
 */
export function useVirtualList(ids: Ref<readonly string[]>, list: Ref<HTMLElement | null>) {
  const heights = new Map<string, number>();
  const measured = ref(0);
  const view = ref({ top: 0, bottom: 1_000 });

  /** Where each item begins; one more for the end. */
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

  const range = computed(() => {
    const starts = offsets.value;
    const first = Math.max(0, lowerBound(starts, view.value.top - MARGIN_PX) - 1);
    const end = Math.min(ids.value.length, lowerBound(starts, view.value.bottom + MARGIN_PX));
    return { first: Math.min(first, end), end };
  });

  const padding = computed(() => {
    const starts = offsets.value;
    const total = starts.at(-1) ?? 0;
    return { top: starts[range.value.first] ?? 0, bottom: total - (starts[range.value.end] ?? total) };
  });

  const resized = new ResizeObserver((entries) => {
    let changed = false;
    for (const { target, borderBoxSize } of entries) {
      const id = (target as HTMLElement).dataset.id;
      const height = borderBoxSize[0]?.blockSize ?? 0;
      // An item of a hidden list has no height; what was measured before is still right.
      if (id === undefined || height === 0 || heights.get(id) === height) continue;
      heights.set(id, height);
      changed = true;
    }
    if (changed) measured.value++;
  });

  function look(): void {
    if (list.value === null) return;
    const { top } = list.value.getBoundingClientRect();
    view.value = { top: -top, bottom: window.innerHeight - top };
  }

  /** For the `ref` of each rendered item. */
  function observe(element: unknown): void {
    if (element instanceof HTMLElement) resized.observe(element);
  }

  watch(ids, (now) => {
    // Heights of what is gone would pile up over days.
    if (heights.size < 2 * now.length + 1_000) return;
    const kept = new Set(now);
    for (const id of heights.keys()) if (!kept.has(id)) heights.delete(id);
  });

  onMounted(() => {
    look();
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look, { passive: true });
  });
  onBeforeUnmount(() => {
    resized.disconnect();
    removeEventListener('scroll', look);
    removeEventListener('resize', look);
  });

  return { range, padding, observe, look };
}

/** Index of the first value that is not below `limit`, in an ascending list. */
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
