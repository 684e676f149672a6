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

  // Numbers, not objects: a scroll that changes neither renders nothing.
  const end = computed(() =>
    Math.min(ids.value.length, lowerBound(offsets.value, view.value.bottom + MARGIN_PX)),
  );
  const first = computed(() =>
    Math.min(end.value, Math.max(0, lowerBound(offsets.value, view.value.top - MARGIN_PX) - 1)),
  );
  const paddingTop = computed(() => offsets.value[first.value] ?? 0);
  const paddingBottom = computed(() => (offsets.value.at(-1) ?? 0) - (offsets.value[end.value] ?? 0));

  const observed = new WeakSet<HTMLElement>();
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
    // In a view that is put aside, nothing has a place.
    if (!list.value?.isConnected) return;
    const { top } = list.value.getBoundingClientRect();
    view.value = { top: -top, bottom: window.innerHeight - top };
  }

  /** For the `ref` of each rendered item. */
  function observe(element: unknown): void {
    if (!(element instanceof HTMLElement) || observed.has(element)) return;
    observed.add(element);
    resized.observe(element);
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

  return { first, end, paddingTop, paddingBottom, observe, look };
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
