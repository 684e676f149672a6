import { computed, onBeforeUnmount, onMounted, type Ref, ref, watch } from 'vue';

/** Height of an item that has not been rendered yet. */
const ESTIMATED_PX = 104;
/** How far above and below the window items are rendered. */
const MARGIN_PX = 900;

/**
 * Renders only the items of a long list that are in or near the window. Padding takes the place of the
 * others, with the heights measured when they were last rendered, so that nothing jumps.
 */
export function useVirtualList(ids: Ref<readonly string[]>, list: Ref<HTMLElement | null>) {
  const heights = new Map<string, number>();
  const measured = ref(0);
  const view = ref({ top: 0, bottom: 1_000 });

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

  // Computed numbers: a scroll that changes neither causes no rendering.
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
      // An item of a hidden list has no height. The last measurement is still right.
      if (id === undefined || height === 0 || heights.get(id) === height) continue;
      heights.set(id, height);
      changed = true;
    }
    if (changed) measured.value++;
  });

  /** Finds out which part of the list is in the window. */
  function measure(): void {
    // In a deactivated view, nothing has a position.
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
    // Heights of removed items would accumulate over days.
    if (heights.size < 2 * now.length + 1_000) return;
    const kept = new Set(now);
    for (const id of heights.keys()) if (!kept.has(id)) heights.delete(id);
  });

  onMounted(() => {
    measure();
    addEventListener('scroll', measure, { passive: true });
    addEventListener('resize', measure, { passive: true });
  });
  onBeforeUnmount(() => {
    resized.disconnect();
    removeEventListener('scroll', measure);
    removeEventListener('resize', measure);
  });

  return { first, end, paddingTop, paddingBottom, observe, measure };
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
