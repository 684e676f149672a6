import { onBeforeUnmount, type Ref, watch } from 'vue';

const MARGIN = '900px';

/** Calls `onNear` when the end of a list comes near the window, and again while it stays there. */
export function useNearEnd(end: Ref<HTMLElement | null>, length: () => unknown, onNear: () => void): void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (entries.at(-1)?.isIntersecting) onNear();
    },
    { rootMargin: MARGIN },
  );

  // An observer reports only changes. Observing again reports an end that is still near.
  watch(
    [end, length],
    ([element]) => {
      observer.disconnect();
      if (element) observer.observe(element);
    },
    { flush: 'post', immediate: true },
  );
  onBeforeUnmount(() => observer.disconnect());
}
