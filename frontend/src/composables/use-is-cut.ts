import { onActivated, onBeforeUnmount, onMounted, type Ref, readonly, ref } from 'vue';

/** Less than half a line of text. */
const TOLERANCE_PX = 8;

/** Whether an element has content below its visible part, which depends on the width of the window. */
export function useIsCut(element: Ref<HTMLElement | null>): Readonly<Ref<boolean>> {
  const isCut = ref(false);
  function measure(): void {
    const { scrollHeight = 0, clientHeight = 0 } = element.value ?? {};
    // In a view that is not shown, nothing has a height.
    if (clientHeight > 0) isCut.value = scrollHeight - clientHeight > TOLERANCE_PX;
  }
  /** Immediately, it would force a layout in the middle of rendering. */
  function measureBeforePaint(): void {
    requestAnimationFrame(measure);
  }

  const mounted = new AbortController();
  onMounted(() => {
    measureBeforePaint();
    // Captured, so that the list measures its items after this has changed them.
    addEventListener('resize', measure, { capture: true, passive: true, signal: mounted.signal });
  });
  onActivated(measureBeforePaint);
  onBeforeUnmount(() => mounted.abort());
  return readonly(isCut);
}
